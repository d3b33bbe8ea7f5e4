"""Fakes of the three contracts, with a clock that is moved by hand: test what federates without a network.

They keep the contracts: the library's own contract suites run on them as on the real backends.
"""

from .cache import FakeCache
from .clock import FakeClock
from .dns import FakeDns
from .http import FakeHttp, FakeRequest

__all__ = ["FakeCache", "FakeClock", "FakeDns", "FakeHttp", "FakeRequest"]
