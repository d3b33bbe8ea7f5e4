"""The command line: ``matrix-resolve resolve NAME...``, or just ``matrix-resolve NAME...``, and ``matrix-resolve demo``."""

import argparse
import asyncio
import json
import sys
from collections.abc import Coroutine, Iterable, Sequence
from io import TextIOWrapper
from typing import NoReturn, TextIO

from . import __version__
from .address_policy import AddressPolicy
from .discovery import SKIPPED
from .errors import InvalidServerName, ResolveError
from .escaping import printable
from .resolver import ServerNameResolver
from .tls import default_ssl_context
from .trace import TraceRecord
from .values import Resolution

RESOLVED, NOT_RESOLVED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130
_COMMANDS = {"resolve", "demo"}
_OWN_OPTIONS = {"-h", "--help", "--version"}
_LONGEST_LINE = 2000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Those of the command line by default.

    Returns:
        The exit status: 0 if every name was resolved, 1 if any was not, 2 for bad usage.
    """
    _escape_what_cannot_be_printed(sys.stdout)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] not in _COMMANDS | _OWN_OPTIONS:
        given.insert(0, "resolve")
    options = _parser().parse_args(given)
    try:
        work = _demo() if options.command == "demo" else _resolve(_resolver(options), options)
    except (ValueError, OSError, ImportError) as error:
        print(f"matrix-resolve: {printable(str(error))}", file=sys.stderr)
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
        super().error(printable(message, limit=_LONGEST_LINE))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="matrix-resolve",
        description="Where Matrix servers are to be reached, and why.",
        epilog="A name that is no command is resolved: matrix-resolve example.org",
    )
    parser.add_argument("--version", action="version", version=f"matrix-resolve {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    resolve = commands.add_parser("resolve", help="resolve server names", description="Resolve Matrix server names.")
    resolve.add_argument(
        "names", nargs="+", metavar="NAME", help="a server name, such as example.org or example.org:8448"
    )
    resolve.add_argument("--json", action="store_true", help="print one JSON object per name and line")
    resolve.add_argument("--fresh", action="store_true", help="ask past every cache")
    resolve.add_argument(
        "--nameserver", action="append", metavar="ADDRESS[:PORT]", help="ask this name server; may be repeated"
    )
    resolve.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NETWORK",
        help="allow addresses of this network, such as 10.0.0.0/8",
    )
    resolve.add_argument("--cafile", metavar="FILE", help="trust the certificate authorities in this PEM file, too")
    commands.add_parser(
        "demo",
        help="show every step on a federation on this machine",
        description="Resolve one name for each step of the specification, on a federation on this machine, without Internet.",
    )
    return parser


def _escape_what_cannot_be_printed(stream: TextIO) -> None:
    """Let a terminal that is not UTF-8 get escapes instead of an exception."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _demo() -> Coroutine[None, None, int]:
    """Load the demo, which needs the extra ``[testing]``."""
    from .demo import demo  # noqa: PLC0415 - those who only resolve need no extra

    async def show() -> int:
        _print(await demo())
        return RESOLVED

    return show()


def _resolver(options: argparse.Namespace) -> ServerNameResolver:
    return ServerNameResolver(
        nameservers=options.nameserver,
        address_policy=AddressPolicy(allow=options.allow),
        ssl_context=default_ssl_context(options.cafile) if options.cafile else None,
    )


async def _resolve(resolver: ServerNameResolver, options: argparse.Namespace) -> int:
    """Resolve all names at once and print them in the order given."""
    status = RESOLVED
    async with resolver, asyncio.TaskGroup() as group:
        tasks = [group.create_task(_outcome(resolver, name, fresh=options.fresh)) for name in options.names]
        for name, task in zip(options.names, tasks, strict=True):
            outcome = await task
            if isinstance(outcome, ResolveError):
                status = max(status, NOT_RESOLVED)
            print_outcome(name, outcome, as_json=options.json)
    return status


async def _outcome(resolver: ServerNameResolver, name: str, *, fresh: bool) -> Resolution | ResolveError:
    try:
        return await resolver.resolve(name, refresh=fresh)
    except ResolveError as error:
        return error


def print_outcome(name: str, outcome: Resolution | ResolveError, *, as_json: bool) -> None:
    """Print what came of resolving *name*, with everything from the network escaped."""
    if as_json:
        print(
            *_as_json(name, outcome), sep="\n", flush=True
        )  # JSON is ASCII and escapes by itself; cut, it would be none
    else:
        _print(_as_text(name, outcome))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(printable(line, limit=_LONGEST_LINE))
    sys.stdout.flush()


def _as_json(name: str, outcome: Resolution | ResolveError) -> Iterable[str]:
    if isinstance(outcome, Resolution):
        yield json.dumps(outcome.to_dict())
        return
    error = {"kind": type(outcome).__name__, "code": outcome.code, "message": str(outcome)}
    yield json.dumps({"server_name": name, "error": error, "trace": [record.to_dict() for record in outcome.trace]})


def _as_text(name: str, outcome: Resolution | ResolveError) -> Iterable[str]:
    yield name
    if isinstance(outcome, InvalidServerName):
        yield f"  not resolved: {outcome} [{outcome.code}]"
        return
    yield from _lookups(outcome.trace)
    if isinstance(outcome, ResolveError):
        yield f"  not resolved: {outcome} [{outcome.code}]"
        return
    if outcome.step in SKIPPED:
        yield f"    ({SKIPPED[outcome.step]})"
    yield f"  step {outcome.step}" + (f": delegated to {outcome.delegated}" if outcome.delegated else "")
    yield "  targets, in the order in which to try them"
    widest = max(len(target.address) for target in outcome.targets)
    for target in outcome.targets:
        yield f"    {target.address:{widest}}  Host: {target.host_header}  TLS name: {target.tls_server_name}"
    for warning in outcome.warnings:
        yield f"  warning: {warning.message} [{warning.code}]"


def _lookups(trace: Sequence[TraceRecord]) -> Iterable[str]:
    yield "  lookups" if trace else "  no lookups"
    for record in trace:
        yield f"    {record}"
