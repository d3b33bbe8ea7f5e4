"""The command line: ``matrix-resolve NAME...``, or a command; each has a file of its own in ``commands``."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from io import TextIOWrapper
from typing import Any, NoReturn, TextIO

from . import __version__
from .commands import Command, check, demo, resolve, serve, setup
from .commands.output import BAD_USAGE, INTERRUPTED, LONGEST_LINE, NOT_RESOLVED, complain
from .escaping import printable

_COMMANDS: dict[str, Command] = {"resolve": resolve, "check": check, "setup": setup, "serve": serve, "demo": demo}
_OWN_OPTIONS = {"-h", "--help", "--version"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Those of the command line by default.

    Returns:
        The exit status: 0 if all went well, 1 if a name was not resolved or does not work, 2 for bad usage; 3 if a check only warns.
    """
    _escape_what_cannot_be_printed(sys.stdout)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] not in _COMMANDS.keys() | _OWN_OPTIONS:
        given.insert(0, "resolve")
    options = _parser().parse_args(given)
    try:
        return _run(_COMMANDS[options.command], options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # a reader that has gone wants to hear no more
            complain(str(error))
        _write_no_more(sys.stdout)
        return NOT_RESOLVED


def _run(command: Command, options: argparse.Namespace) -> int:
    try:
        work = command.prepare(options)
    except (ValueError, OSError, ImportError) as error:
        complain(str(error))
        return BAD_USAGE
    return asyncio.run(_interruptible(work))


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    """Let Ctrl+C cancel the work from within the event loop: Python's own handler may strike between any two instructions."""
    task = asyncio.current_task()
    if task is not None:
        with contextlib.suppress(
            ValueError, RuntimeError, NotImplementedError
        ):  # not in the main thread, or not on this system
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        return INTERRUPTED


def _write_no_more(stream: TextIO) -> None:
    """Let what is left in the buffer go nowhere: Python would complain about it once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class _Parser(argparse.ArgumentParser):
    """Escapes the arguments that it complains about."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit."""
        super().error(printable(message, limit=LONGEST_LINE))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="matrix-resolve",
        description="Where Matrix servers are to be reached, and why; and what it takes to be reached.",
        epilog="A name that is no command is resolved: matrix-resolve example.org",
    )
    parser.add_argument("--version", action="version", version=f"matrix-resolve {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        command.add_options(commands.add_parser(name, help=command.HELP, description=command.DESCRIPTION))
    return parser


def _escape_what_cannot_be_printed(stream: TextIO) -> None:
    """Let a terminal that is not UTF-8 get escapes instead of an exception."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
