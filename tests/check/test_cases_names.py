"""Names, addresses and SRV records: what a check reports for each way to break them."""

import pytest

from .broken_deployments import Row, hold
from .cases_names import ROWS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_a_way_to_break_names(row: Row) -> None:
    await hold(row)
