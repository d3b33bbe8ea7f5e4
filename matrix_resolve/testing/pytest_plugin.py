"""The pytest fixture ``matrix_federation``.

pytest finds it automatically if this package is installed with the extra ``[testing]``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .loopback.federation import LoopbackFederation


@pytest.fixture
def matrix_federation() -> "Iterator[LoopbackFederation]":
    """A Matrix federation on loopback, for one test.

    It runs in its own thread, so it works with every kind of test: plain functions, pytest-asyncio, anyio.
    """
    from . import LoopbackFederation  # noqa: PLC0415 - a test suite that does not use the fixture needs neither the extra nor the import time

    with LoopbackFederation() as federation:
        yield federation
