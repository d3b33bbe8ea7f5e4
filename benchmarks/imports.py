"""Checks which modules ``import matrix_resolve`` loads."""

import json
import subprocess
import sys

from .table import Row

_HEAVY = ("aiodns", "aiohttp", "email", "http", "ssl")
_CODE = "import sys, json; old = set(sys.modules); import matrix_resolve; print(json.dumps([len(old), *sys.modules]))"


def imports() -> Row:
    """Return the row about modules that should only be loaded when a resolver is used."""
    command = [sys.executable, "-c", _CODE]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603 - our own code
    before, *modules = json.loads(output)
    heavy = [name for name in _HEAVY if name in modules]
    measured = f"{', '.join(heavy) or 'none of them'}; {len(modules) - before} modules"
    return Row("`import matrix_resolve` loads", measured, f"no {', '.join(_HEAVY)}", not heavy)
