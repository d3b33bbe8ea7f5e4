"""Certificates: what a check reports for each way to break them."""

import pytest

from .broken_deployments import Row, hold
from .cases_certificates import ROWS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_a_way_to_break_a_certificate(row: Row) -> None:
    await hold(row)
