"""The command line: ``matrix-resolve NAME...``, or a command; each has a file of its own in ``commands``."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn, TextIO

from . import __version__
from .commands import Command, demo, resolve, serve, setup
from .commands.output import BAD_USAGE, INTERRUPTED, LONGEST_LINE, NOT_RESOLVED
from .escaping import printable

_COMMANDS: dict[str, Command] = {"resolve": resolve, "setup": setup, "serve": serve, "demo": demo}
_OWN_OPTIONS = {"-h", "--help", "--version"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Those of the command line by default.

    Returns:
        The exit status: 0 if all went well, 1 if a name was not resolved, 2 for bad usage.
    """
    _escape_what_cannot_be_printed(sys.stdout)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] not in _COMMANDS.keys() | _OWN_OPTIONS:
        given.insert(0, "resolve")
    options = _parser().parse_args(given)
    try:
        work = _COMMANDS[options.command].prepare(options)
    except (ValueError, OSError, ImportError) as error:
        print(f"matrix-resolve: {printable(str(error), limit=LONGEST_LINE)}", file=sys.stderr)
        return BAD_USAGE
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; Python would complain once more at exit
        return NOT_RESOLVED


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
