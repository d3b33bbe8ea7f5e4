"""``matrix-resolve setup``."""

import argparse
from collections.abc import Coroutine
from typing import Any

from ..publish.delegation import DEFAULT_MAX_AGE, check_max_age
from ..setup.files import PROXIES, sections, setup_files, write_files
from ..setup.plan import DelegationMethod, Plan, plan_setup
from .option_types import whole_number
from .output import DONE, print_lines

HELP = "print all that a server name needs: DNS records, certificates, proxy configuration"
DESCRIPTION = """Print everything that makes a homeserver reachable under a server name: DNS records, certificates,
the well-known document, the configuration of the reverse proxy, and commands that verify it. No query or request is made,
and nothing is changed, unless --write is used."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    _add_options_for_the_machine(parser)
    _add_options_for_the_files(parser)


def _add_options_for_the_machine(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("name", metavar="SERVER_NAME", help="the name in the user IDs, such as example.com")
    add("--at", metavar="HOST[:PORT]", help="the machine that other servers connect to, such as matrix.example.com")
    add(
        "--by",
        choices=[str(method) for method in DelegationMethod],
        help="how other servers find the machine: well-known (default with --at), srv, or port (port 8448, default without)",
    )
    add(
        "--backend",
        default="127.0.0.1:8008",
        metavar="HOST:PORT",
        help="where the homeserver itself listens, without TLS (default: %(default)s)",
    )
    add(
        "--address",
        action="append",
        default=[],
        metavar="IP",
        help="an address of the machine, for the DNS records; may be repeated (default: placeholders)",
    )


def _add_options_for_the_files(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--proxy",
        action="append",
        choices=list(PROXIES),
        help="print the configuration of this reverse proxy only; may be repeated (default: all)",
    )
    add(
        "--certificates",
        metavar="DIR",
        help="the certificates are DIR/HOST/fullchain.pem and privkey.pem (default: certbot's folder)",
    )
    add(
        "--web-root",
        default="/var/www/matrix",
        metavar="DIR",
        help="where Apache finds the document (default: %(default)s)",
    )
    add(
        "--max-age",
        type=whole_number,
        default=DEFAULT_MAX_AGE,
        metavar="SECONDS",
        help="how long other servers may cache the delegation (default: %(default)s)",
    )
    add("--write", metavar="DIR", help="also write the files into this folder")


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Make the plan, write the files for --write, and return the work of printing the plan."""
    check_max_age("--max-age", options.max_age)
    plan = plan_setup(
        options.name,
        at=options.at,
        method=None if options.by is None else DelegationMethod(options.by),
        backend=options.backend,
        addresses=options.address,
        certificates=options.certificates,
        web_root=options.web_root,
        max_age=options.max_age,
    )
    proxies = options.proxy or list(PROXIES)
    hint = (
        []
        if options.proxy
        else [
            f"These are the configurations for {len(proxies)} reverse proxies; to print only one, use for example --proxy {proxies[0]}."
        ]
    )
    written = write_files(setup_files(plan, proxies), options.write) if options.write is not None else []
    return _print_plan(plan, proxies, [*hint, *(f"written: {path}" for path in written)])


async def _print_plan(plan: Plan, proxies: list[str], last_lines: list[str]) -> int:
    for number, (title, text) in enumerate(sections(plan, proxies), start=1):
        print_lines([f"== {number}. {title}", "", *text.splitlines(), ""])
    print_lines(last_lines)
    return DONE
