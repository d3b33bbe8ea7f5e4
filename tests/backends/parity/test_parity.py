"""The backends of this library are right wherever another resolver is.

A failing test shows the row, the backend's outcome, and the contenders that are right. The rows are in ``rows_....py``.
"""

import pytest

from tests.support.namespace import needs

from .contenders import CONTENDERS
from .real_servers import rows as real_rows
from .rendered import PAGE, cell
from .row import Row
from .run import Outcomes
from .table import ROWS
from .verdicts import run_real, run_scripted, wrong_where_another_is_right

_OURS = ["aiodnsbackend", "dnspythonbackend"]
_CANNOT_BE_TOLD = {"aiodnsbackend": {"echo"}, "dnspythonbackend": set[str]()}
"""c-ares takes an echoed query for a reply without records, and pycares does not expose the flag that tells the two apart."""


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    results = run_scripted(tmp_path_factory.mktemp("scripted"))
    return {key: result.outcomes for key, result in results.items()}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return run_real(tmp_path_factory.mktemp("real"))


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
    """Rewrite it with ``python -m tests.backends.parity.rendered``."""
    assert cell(row) in PAGE.read_text()
