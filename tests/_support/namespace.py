"""Commands in a network namespace; see `tests/system/namespace.sh`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin:/usr/lib/systemd"  # the last folder has systemd-resolved


def needs(*tools: str) -> pytest.MarkDecorator:
    """Return a mark that skips a test if a tool is missing."""
    missing = [tool for tool in tools if shutil.which(tool, path=_PATH) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


def run_inside(*arguments: str, addresses: Sequence[str] = ()) -> str:
    """Run Python in a network namespace, and return what it prints.

    Args:
        arguments: The arguments of the interpreter.
        addresses: The addresses of the namespace.
    """
    done = subprocess.run(  # noqa: S603 - a script of this repository
        [ROOT / "tests/system/namespace.sh", sys.executable, *arguments],
        env={**os.environ, "ADDRESSES": " ".join(addresses), "PATH": _PATH},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
