"""``matrix-resolve demo``."""

import argparse
from collections.abc import Coroutine
from typing import Any

from .output import DONE, print_lines

HELP = "show every step on a federation on this machine"
DESCRIPTION = "Resolve one name for each step of the specification, on a federation on this machine, without Internet."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing."""


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:  # noqa: ARG001 - there are none
    """Load the demo, which needs the extra ``[testing]``."""
    from .demo_run import demo  # noqa: PLC0415 - those who only resolve need no extra

    async def show() -> int:
        print_lines(await demo())
        return DONE

    return show()
