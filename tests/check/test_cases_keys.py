"""Signing keys: what a check reports for each way to break them."""

import pytest

from .broken_deployments import Row, hold
from .cases_keys import ROWS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_a_way_to_break_signing_keys(row: Row) -> None:
    await hold(row)
