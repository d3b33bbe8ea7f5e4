"""Names, addresses and SRV records: each way to break them, and what a check says."""

import pytest

from .broken_deployments import Row, hold
from .cases_names import ROWS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_a_way_to_break_names(row: Row) -> None:
    await hold(row)
