"""``matrix-resolve demo``."""

import argparse
from collections.abc import Coroutine
from typing import Any

from .output import DONE, print_lines

HELP = "resolve a name for each step, in a federation on this machine"
DESCRIPTION = "Resolve one name for each step of the specification, in a federation on this machine. Needs no Internet."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing."""


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:  # noqa: ARG001 - the command has no options
    """Return the work of the demo. Load the modules that need the extra ``[testing]`` only now."""
    from .demo_run import demo  # noqa: PLC0415 - the other commands do not need the extra [testing]

    async def show() -> int:
        print_lines(await demo())
        return DONE

    return show()
