"""Faults of all kinds over real DNS and HTTPS.

The only setting of the resolver is the trusted authority. Most of the time is waiting, so all rows run at the same
time, each with its own names and addresses (see `trouble.outcome`).
"""

import asyncio
import subprocess
from collections.abc import Sequence
from functools import partial

import pytest

from matrix_resolve import ResolveError
from tests.spec.testbed import shown

from .trouble.outcome import Outcome, own
from .trouble.row import Row
from .trouble.rows_connections import CONNECTIONS
from .trouble.rows_dns import DNS
from .trouble.rows_http import HTTP
from .trouble.rows_names import NAMES
from .trouble.rows_redirects import REDIRECTS
from .trouble.rows_srv import SRV
from .trouble.rows_transport import TRANSPORT
from .trouble.testbed import Testbed, run_all

LIMIT = 30.0  # seconds for a row: twice the deadline of a resolution, because the machine may be busy

ROWS: dict[str, Row] = {**TRANSPORT, **HTTP, **REDIRECTS, **DNS, **SRV, **NAMES, **CONNECTIONS}


@pytest.fixture(scope="module")
def testbed() -> Testbed:
    for network in ("45.76.0.0/14", "10.0.0.0/8", "169.254.169.254/32", "2a01:4f8::/32", "fd00::/16"):
        family = "-6" if ":" in network else "-4"
        subprocess.run(["ip", family, "route", "replace", "local", network, "dev", "lo"], check=True)  # noqa: S603, S607
    numbers = range(40, 40 + len(ROWS))
    outcomes = {
        key: Outcome(row, partial(own, number=number)) for (key, row), number in zip(ROWS.items(), numbers, strict=True)
    }
    return asyncio.run(run_all(outcomes))


@pytest.mark.parametrize("key", ROWS)
def test_trouble(key: str, testbed: Testbed) -> None:
    outcome = testbed.outcomes[key]
    row, own = outcome.row, outcome.own
    assert not outcome.strange
    assert outcome.seconds < LIMIT
    _check_result(outcome)
    log = list(dict.fromkeys(outcome.log))
    assert sorted(log) == sorted({own(line) for line in row.asked})
    assert _steps(log) == _steps(list(map(own, row.asked)))


def _check_result(outcome: Outcome) -> None:
    row, own = outcome.row, outcome.own
    if row.error is not None:
        assert isinstance(outcome.error, ResolveError), (outcome.resolution, outcome.error)
        assert outcome.error.code == row.error
        return
    assert outcome.resolution is not None, outcome.error
    shown_targets = list(map(shown, outcome.resolution.targets))
    expected = list(map(own, row.targets))
    assert (shown_targets if row.in_order else sorted(shown_targets)) == (
        expected if row.in_order else sorted(expected)
    )
    assert outcome.resolution.step == row.step
    if row.connects_to == "error":
        assert isinstance(outcome.error, ConnectionError), outcome.error
    elif row.connects_to is not None:
        assert (outcome.connected, outcome.error) == (own(row.connects_to), None)


def _steps(log: Sequence[str]) -> list[str]:
    return [line for line in log if line.startswith(("GET", "SRV"))]


def test_nothing_else_is_asked(testbed: Testbed) -> None:
    """No other name is queried, above all none with the search list of resolv.conf."""
    assert testbed.stray == []


def test_nothing_is_left_behind(testbed: Testbed) -> None:
    assert testbed.left == []
    assert testbed.noise == []


def test_rows() -> None:
    assert 60 <= len(ROWS) <= 215
