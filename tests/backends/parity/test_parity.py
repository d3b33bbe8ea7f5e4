"""The backends of this library are right wherever another resolver is.

A failing test shows the row, the backend's outcome, and the contenders that are right. The rows are in the files
``rows_*.py``.
"""

import pytest

from tests._support.namespace import needs

from .real_servers import rows as real_rows
from .rendered import PAGE, cell
from .resolvers import CONTENDERS
from .row import Row
from .run import Outcomes
from .table import ROWS
from .verdicts import run_real, run_scripted, wrong_where_another_is_right

_OURS = ["aiodnsbackend", "dnspythonbackend"]
_CANNOT_BE_TOLD = {"aiodnsbackend": {"echo"}, "dnspythonbackend": set[str]()}
"""Rows that a backend cannot get right.

c-ares takes an echoed query for a reply without records, and pycares does not expose the flag that shows the
difference.
"""


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run all rows at the same time, and those with a wrong outcome again.

    A busy machine may lose or delay a reply.
    """
    directory = tmp_path_factory.mktemp("scripted")
    outcomes = {key: result.outcomes for key, result in run_scripted(directory).items()}
    wrong = {row for each in _OURS for row in wrong_where_another_is_right(ROWS, outcomes, each)}
    again = run_scripted(directory, *wrong) if wrong else {}
    return outcomes | {key: result.outcomes for key, result in again.items()}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Query real servers, and repeat all queries if an outcome is wrong, for the same reason as above."""
    outcomes = run_real(tmp_path_factory.mktemp("real"))
    wrong = any(wrong_where_another_is_right(real_rows(), outcomes, each) for each in _OURS)
    return run_real(tmp_path_factory.mktemp("again")) if wrong else outcomes


@needs("unshare", "ip")
@pytest.mark.parametrize("contender", _OURS)
def test_right_wherever_another_resolver_is(scripted: Outcomes, contender: str) -> None:
    wrong = wrong_where_another_is_right(ROWS, scripted, contender)
    assert set(wrong) == _CANNOT_BE_TOLD[contender], wrong


@needs("unshare", "ip", "unbound", "named", "dnsmasq", "kresd", "systemd-resolved")
@pytest.mark.parametrize("contender", _OURS)
def test_right_with_real_servers(real: Outcomes, contender: str) -> None:
    assert wrong_where_another_is_right(real_rows(), real, contender) == {}


def test_each_row_has_a_name_of_its_own() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert all(len(f"{row.id}--{each}") <= 63 for row in ROWS for each in CONTENDERS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_page_has_each_row(row: Row) -> None:
    """After an intended change, rewrite the page with ``python -m tests.backends.parity.rendered``."""
    assert cell(row) in PAGE.read_text()
