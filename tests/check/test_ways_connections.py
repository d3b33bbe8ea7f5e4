"""Connections: each way in which none comes about, and what a check says."""

import pytest

from .breaking import Row, hold
from .ways_connections import ROWS


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_a_way_to_break_a_connection(row: Row) -> None:
    await hold(row)
