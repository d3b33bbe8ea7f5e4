"""``matrix-resolve check NAME...``."""

import argparse
from collections.abc import Coroutine
from typing import Any

from .option_types import seconds
from .resolver_options import add_resolver_options, resolver_from

HELP = "check whether other servers can reach server names"
DESCRIPTION = """Check server names as other servers see them: DNS, well-known document, connections, certificates, federation API and
signing keys. For each finding, print what is wrong and how to repair it. Exit status: 0 nothing to repair, 1 an error, 3 only warnings."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add = parser.add_argument
    add("names", nargs="+", metavar="NAME", help="a server name, such as example.org or example.org:8448")
    add("--json", action="store_true", help="print one JSON object per name and line")
    add("--verbose", action="store_true", help="also print everything that was seen")
    add(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="time limit for each name; the report lists what was not checked by then (default: 30)",
    )
    add_resolver_options(parser)


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Return the work of checking. Load the modules that need the extra ``[check]`` only now."""
    from ..check.bounds import TIMEOUT, refuse_no_time  # noqa: PLC0415 - the other commands do not need the extra [check]
    from .check_output import output_for  # noqa: PLC0415 - also needs the extra [check]
    from .check_run import run_checks  # noqa: PLC0415 - also needs the extra [check]

    timeout = TIMEOUT if options.timeout is None else options.timeout
    refuse_no_time("--timeout", timeout)
    resolver = resolver_from(options, len(options.names))
    output = output_for(in_json=options.json, verbose=options.verbose)
    return run_checks(resolver, options.names, output, timeout=timeout)
