"""``matrix-resolve resolve NAME...``, in short ``matrix-resolve NAME...``."""

import argparse
from collections.abc import Coroutine
from typing import Any

from .._util.argument_checks import IN_FLIGHT
from ..resolve_many import Outcome, Unresolved
from ..resolver import ServerNameResolver
from .batch import resolve_many
from .name_file import NameFile
from .option_types import whole_number
from .output import DONE, NOT_RESOLVED, print_lines
from .resolution_text import as_json, as_line, as_text
from .resolver_options import add_resolver_options, resolver_from

HELP = "resolve server names"
DESCRIPTION = "Resolve Matrix server names: print the lookups, the step of the specification and the targets."
_CONCURRENCY = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="a server name, such as example.org or example.org:8448")
    add(
        "--from",
        dest="file",
        metavar="FILE",
        help="also resolve the names in this file, one per line; - is standard input",
    )
    add(
        "--concurrency",
        type=whole_number,
        metavar="N",
        help=f"with --from: how many names to resolve at the same time (default: {_CONCURRENCY})",
    )
    add("--json", action="store_true", help="print one JSON object per name and line")
    add("--fresh", action="store_true", help="bypass every cache")
    add_resolver_options(parser)


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Check the options, open the file, and return the work of resolving."""
    if options.file is None:
        if not options.names:
            options.usage_error("pass at least one NAME, or --from FILE")
        if options.concurrency is not None:
            raise ValueError(
                "--concurrency works only with --from; names given as arguments are all resolved at the same time"
            )
        return _resolve(resolver_from(options, len(options.names)), options)
    concurrency = _CONCURRENCY if options.concurrency is None else options.concurrency
    IN_FLIGHT.check("--concurrency", concurrency)
    resolver, line = resolver_from(options, concurrency), as_json if options.json else as_line
    file = NameFile(options.file)
    return resolve_many(resolver, options.names, file, line, concurrency=concurrency, fresh=options.fresh)


async def _resolve(resolver: ServerNameResolver, options: argparse.Namespace) -> int:
    """Resolve all names at the same time, and print the outcomes in the order given."""
    names, printed, known = options.names, 0, dict[str, Outcome]()
    async with resolver, resolver.resolve_many(names, concurrency=len(names), refresh=options.fresh) as outcomes:
        async for outcome in outcomes:
            known[outcome.server_name] = outcome
            while printed < len(names) and names[printed] in known:
                print_outcome(known[names[printed]], in_json=options.json)
                printed += 1
    return NOT_RESOLVED if any(isinstance(outcome, Unresolved) for outcome in known.values()) else DONE


def print_outcome(outcome: Outcome, *, in_json: bool) -> None:
    """Print the outcome for one name, with everything from the network escaped."""
    if in_json:
        print(as_json(outcome), flush=True)
    else:
        print_lines(as_text(outcome))
