"""The pytest fixture ``matrix_federation``. pytest finds it by itself where this package and the extra ``[testing]`` are installed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .loopback.federation import LoopbackFederation


@pytest.fixture
def matrix_federation() -> "Iterator[LoopbackFederation]":
    """A Matrix federation on loopback, for one test.

    It runs in a thread of its own, so it serves tests of any kind: plain functions, pytest-asyncio, anyio.
    """
    from . import LoopbackFederation  # noqa: PLC0415 - those who do not use it need no extra, and pay for no import

    with LoopbackFederation() as federation:
        yield federation
