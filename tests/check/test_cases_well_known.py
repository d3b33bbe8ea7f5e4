"""The well-known document: what a check reports for each way to break its contents."""

import pytest

from .broken_deployments import Row, hold
from .cases_well_known import ROWS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_a_way_to_break_a_well_known(row: Row) -> None:
    await hold(row)
