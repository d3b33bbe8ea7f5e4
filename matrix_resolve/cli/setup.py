"""``matrix-resolve setup``."""

import argparse
from collections.abc import Coroutine
from typing import Any

from ..publish.delegation import DEFAULT_MAX_AGE
from ..setup.files import PROXIES, sections, setup_files, write_files
from ..setup.plan import Plan, Way, plan_setup
from .output import DONE, print_lines

HELP = "say what it takes to be reachable under a server name"
DESCRIPTION = """Explain the ways to be found as a server name, and print everything for one of them: DNS records, certificates,
the well-known document, the configuration of the reverse proxy, and the commands that verify it. Nothing is asked or changed."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the plan depends on."""
    add = parser.add_argument
    add("name", metavar="SERVER_NAME", help="the name that users will have, such as example.com")
    add(
        "--at", metavar="HOST[:PORT]", help="the machine on which the homeserver is reached, such as matrix.example.com"
    )
    add("--by", type=Way, choices=list(Way), help="the way: well-known (default with --at), srv, or port (8448)")
    add(
        "--backend",
        default="127.0.0.1:8008",
        metavar="HOST:PORT",
        help="where the homeserver itself listens (%(default)s)",
    )
    add(
        "--address",
        action="append",
        default=[],
        metavar="IP",
        help="an address of the machine; may be repeated. Without it the records have placeholders",
    )
    add("--proxy", action="append", choices=list(PROXIES), help="only for this reverse proxy; may be repeated")
    add(
        "--certificates",
        metavar="DIR",
        help="DIR/HOST/fullchain.pem and privkey.pem are the certificates; certbot's by default",
    )
    add("--web-root", default="/var/www/matrix", metavar="DIR", help="where Apache finds the document (%(default)s)")
    add(
        "--max-age",
        type=int,
        default=DEFAULT_MAX_AGE,
        metavar="SECONDS",
        help="for which others may keep the delegation (%(default)s)",
    )
    add("--write", metavar="DIR", help="write the files into this folder, too")


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Make the plan, and return the work of printing it."""
    plan = plan_setup(
        options.name,
        at=options.at,
        way=options.by,
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
        else [f"These were {len(proxies)} reverse proxies; --proxy {proxies[0]} shows that one only."]
    )
    written = write_files(setup_files(plan, proxies), options.write) if options.write is not None else []
    return _print_plan(plan, proxies, [*hint, *(f"written: {path}" for path in written)])


async def _print_plan(plan: Plan, proxies: list[str], last_lines: list[str]) -> int:
    for number, (title, text) in enumerate(sections(plan, proxies), start=1):
        print_lines([f"== {number}. {title}", "", *text.splitlines(), ""])
    print_lines(last_lines)
    return DONE
