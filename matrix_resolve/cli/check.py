"""``matrix-resolve check NAME...``."""

import argparse
from collections.abc import Coroutine
from typing import Any

from .resolver_options import add_resolver_options, resolver_from

HELP = "say whether other servers can reach server names, and what to repair"
DESCRIPTION = """Look at server names as the servers of others do: DNS, well-known, connections, certificates, the federation API and
its keys. What is wrong is said with its repair. The exit status is that of the worst finding: 0 nothing wrong, 1 an error, 3 a warning."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the names, the form of the output, and the options of the resolver."""
    add = parser.add_argument
    add("names", nargs="+", metavar="NAME", help="a server name, such as example.org or example.org:8448")
    add("--json", action="store_true", help="print one JSON object per name and line")
    add("--verbose", action="store_true", help="print everything that was seen, too")
    add(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="time limit for each name; what was not checked by then is listed as unknown (30)",
    )
    add_resolver_options(parser)


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Load the check, which needs the extra ``[check]``, make the resolver, and return the work."""
    from ..check.bounds import TIMEOUT, refuse_no_time  # noqa: PLC0415 - those who only resolve need no extra
    from .check_output import output_for  # noqa: PLC0415 - loads the extra, too
    from .check_run import run_checks  # noqa: PLC0415 - loads the extra, too

    seconds = TIMEOUT if options.timeout is None else options.timeout
    refuse_no_time("--timeout", seconds)
    resolver = resolver_from(options, len(options.names))
    output = output_for(in_json=options.json, verbose=options.verbose)
    return run_checks(resolver, options.names, output, timeout=seconds)
