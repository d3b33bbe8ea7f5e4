"""The tables of docs/reference/dns-parity.md.

``python -m tests.backends.parity.rendered`` runs all rows and writes the tables into the page.
"""

import importlib.metadata
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests._support.namespace import ROOT

from .real_configurations import ADDRESSES, BROKEN
from .real_servers import rows as real_rows
from .resolvers import CONTENDERS
from .row import FAILS, NONE, Row
from .run import Outcomes, Result
from .table import SECTIONS
from .verdicts import is_right, run_real, run_scripted

PAGE = ROOT / "docs/reference/dns-parity.md"
_BETWEEN = re.compile(r"(<!-- (\w+) begin[^>]*-->\n).*?(<!-- \2 end -->)", re.DOTALL)
_SHOWN_QUERIES = 4
_RIGHT = {NONE: "no such record", FAILS: "a failure"}
_PACKAGES = {
    "unbound": "unbound",
    "BIND": "bind9",
    "dnsmasq": "dnsmasq-base",
    "knot-resolver": "knot-resolver",
    "systemd-resolved": "systemd-resolved",
}


def cell(row: Row) -> str:
    """Return the cells of the page that name and describe a row."""
    return f"| `{row.id}` | {row.does} |"


def scripted_tables(results: Mapping[str, Result]) -> str:
    """Return a table for each section."""
    return "\n".join(line for name, rows in SECTIONS.items() for line in _table(name, rows, results)) + "\n"


def _table(name: str, rows: Sequence[Row], results: Mapping[str, Result]) -> Iterator[str]:
    names = [shown for shown, _ in CONTENDERS.values()]
    yield from (f"### {name}", "")
    yield f"| Row | What the name server does | Right result | {' | '.join(names)} | Queries sent by {names[0]} |"
    yield "|---" * (len(names) + 4) + "|"
    for row in rows:
        result = results[row.id]
        cells = [_outcome(row, each, result.outcomes[each]) for each in CONTENDERS]
        yield f"{cell(row)} {_right(row)} | {' | '.join(cells)} | {_queries(next(iter(result.seen.values())))} |"
    yield ""


def _right(row: Row) -> str:
    *others, last = dict.fromkeys(_RIGHT.get(right, "the records") for right in row.right)
    return f"{', '.join(others)} or {last}" if others else last


def _outcome(row: Row, contender: str, outcome: str | None) -> str:
    if outcome is None:
        return "–"
    if is_right(row, contender, outcome):
        return "right"
    return f"**{outcome if outcome in {NONE, FAILS} else 'other records'}**"


def _queries(seen: Sequence[str]) -> str:
    """Return the first queries. The total number depends on when a contender gives up."""
    return ", ".join(seen[:_SHOWN_QUERIES]) + (", ..." if len(seen) > _SHOWN_QUERIES else "")


def real_table(outcomes: Outcomes) -> str:
    """Return the table of the real servers: how many of the queries each contender gets right."""
    lines = [
        f"| Server | | {' | '.join(shown for shown, _ in CONTENDERS.values())} |",
        "|---" * (len(CONTENDERS) + 2) + "|",
    ]
    for server in ADDRESSES:
        for broken in BROKEN:
            mine = [row for row in real_rows() if row.id.startswith(f"{server} {broken} ")]
            cells = [_share(mine, outcomes, each) for each in CONTENDERS]
            lines.append(f"| {server} | {broken} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _share(rows: Sequence[Row], outcomes: Outcomes, contender: str) -> str:
    asked = [row for row in rows if outcomes[row.id][contender] is not None]
    right = sum(is_right(row, contender, outcomes[row.id][contender]) for row in asked)
    return f"{right} of {len(asked)}" if right == len(asked) else f"**{right} of {len(asked)}**"


def versions() -> str:
    """Return the versions of the compared software."""
    glibc = os.confstr("CS_GNU_LIBC_VERSION")
    libraries = [f"{name} {importlib.metadata.version(name)}" for name in ("aiodns", "pycares", "dnspython")]
    packages = [f"{name} {_package_version(package)}" for name, package in _PACKAGES.items()]
    return f"{', '.join([*libraries, str(glibc)])}; Debian packages: {', '.join(packages)}.\n"


def _package_version(package: str) -> str:
    command = ["dpkg-query", "--show", "--showformat=${Version}", package]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - a constant command


def main() -> None:
    """Run all rows, and rewrite the page."""
    with tempfile.TemporaryDirectory() as name:
        drawn = {
            "scripted": scripted_tables(run_scripted(Path(name))),
            "real": real_table(run_real(Path(name))),
            "versions": versions(),
        }
    PAGE.write_text(_BETWEEN.sub(lambda match: f"{match[1]}\n{drawn[match[2]]}\n{match[3]}", PAGE.read_text()))


if __name__ == "__main__":
    main()
