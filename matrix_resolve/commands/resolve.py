"""``matrix-resolve resolve NAME...``, or just ``matrix-resolve NAME...``."""

import argparse
import asyncio
import json
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

from ..address_policy import AddressPolicy
from ..discovery import SKIPPED
from ..errors import InvalidServerName, ResolveError
from ..resolver import ServerNameResolver
from ..tls import default_ssl_context
from ..trace import TraceRecord
from ..values import Resolution
from .output import DONE, NOT_RESOLVED, print_lines

HELP = "resolve server names"
DESCRIPTION = "Resolve Matrix server names."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the names, and whom to ask and to trust."""
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help="a server name, such as example.org or example.org:8448"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per name and line")
    parser.add_argument("--fresh", action="store_true", help="ask past every cache")
    parser.add_argument(
        "--nameserver", action="append", metavar="ADDRESS[:PORT]", help="ask this name server; may be repeated"
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NETWORK",
        help="allow addresses of this network, such as 10.0.0.0/8",
    )
    parser.add_argument("--cafile", metavar="FILE", help="trust the certificate authorities in this PEM file, too")


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Make the resolver, and give the work."""
    return _resolve(_resolver(options), options)


def _resolver(options: argparse.Namespace) -> ServerNameResolver:
    return ServerNameResolver(
        nameservers=options.nameserver,
        address_policy=AddressPolicy(allow=options.allow),
        ssl_context=default_ssl_context(options.cafile) if options.cafile else None,
    )


async def _resolve(resolver: ServerNameResolver, options: argparse.Namespace) -> int:
    """Resolve all names at once and print them in the order given."""
    status = DONE
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
        print_lines(_as_text(name, outcome))


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
