"""The entry point of the command line: parse the arguments, run one command, and return the exit status."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from difflib import get_close_matches
from io import TextIOWrapper
from typing import Any, NoReturn, TextIO

from .. import __version__
from .._util.escaping import printable
from ..resolver import ServerNameResolver
from . import check, demo, resolve, serve, setup
from .command import Command
from .error_text import error_text
from .output import BAD_USAGE, INTERRUPTED, LONGEST_LINE, NOT_RESOLVED, discard_output, print_error

_COMMANDS: dict[str, Command] = {"resolve": resolve, "check": check, "setup": setup, "serve": serve, "demo": demo}
_OWN_OPTIONS = {"-h", "--help", "--version"}


def main(
    arguments: Sequence[str] | None = None, *, make_resolver: Callable[..., ServerNameResolver] = ServerNameResolver
) -> int:
    """Run the command.

    Args:
        arguments: The arguments; those of the process by default.
        make_resolver: For tests: called with the arguments of `ServerNameResolver` that the options set, in its place.

    Returns:
        The exit status: 0 for success, 1 if a name is not resolved or does not work, 2 for bad usage, 3 if a check has only warnings, 130 if
        interrupted.
    """
    _escape_what_cannot_be_printed(sys.stdout)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        _parser().print_help(sys.stderr)
        return BAD_USAGE
    if given[0] not in _COMMANDS.keys() | _OWN_OPTIONS:
        if meant := _mistyped(given[0]):
            print_error(
                f'there is no command "{given[0]}"; did you mean "{meant}"? '
                f"To resolve a server with this name, use: matrix-resolve resolve {given[0]}"
            )
            return BAD_USAGE
        given.insert(0, "resolve")
    options = _parsed(given)
    options.make_resolver = make_resolver
    try:
        return _run(_COMMANDS[options.command], options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # the reader has closed the pipe, so nobody would see the message
            print_error(error_text(error))
        discard_output(sys.stdout)
        return NOT_RESOLVED


def _mistyped(name: str) -> str | None:
    """Return the command that *name* probably misspells; None if it may be a public server name, or resembles no command."""
    if "." in name or ":" in name:
        return None
    return next(iter(get_close_matches(name.lower(), _COMMANDS, n=1)), None)


def _parsed(given: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments. An error in the arguments of a command is printed with the usage of that command."""
    options, unknown = _parser().parse_known_args(given)
    if unknown:
        options.usage_error(f"unrecognized arguments: {' '.join(unknown)}")
    return options


def _run(command: Command, options: argparse.Namespace) -> int:
    try:
        work = command.prepare(options)
    except (ValueError, OSError, ImportError) as error:
        print_error(error_text(error))
        return BAD_USAGE
    return asyncio.run(_interruptible(work))


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    """Run *work*; Ctrl+C cancels it from within the event loop. Python's own handler may interrupt between any two instructions."""
    task = asyncio.current_task()
    if task is not None:
        # These errors mean that this is not the main thread, or that the system has no signal handlers of this kind.
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        return INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """An argument parser that escapes the arguments quoted in its error messages."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit."""
        super().error(printable(message, limit=LONGEST_LINE))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="matrix-resolve",
        description="Resolve Matrix server names, check them, and set them up.",
        epilog="Any other argument is resolved as a server name: matrix-resolve example.org",
    )
    parser.add_argument("--version", action="version", version=f"matrix-resolve {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        own = commands.add_parser(name, help=command.HELP, description=command.DESCRIPTION)
        own.set_defaults(usage_error=own.error)
        command.add_options(own)
    return parser


def _escape_what_cannot_be_printed(stream: TextIO) -> None:
    """Make *stream* print escapes, instead of raising an error, for characters that its encoding does not have."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
