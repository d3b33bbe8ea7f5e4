"""The federation API: what a check reports for each way to break it."""

import pytest

from .broken_deployments import Row, hold
from .cases_api import ROWS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_a_way_to_break_the_api(row: Row) -> None:
    await hold(row)
