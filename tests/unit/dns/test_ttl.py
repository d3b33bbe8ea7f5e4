"""How long a DNS answer may be used."""

import pytest

from matrix_resolve import ResolverPolicy
from matrix_resolve._dns.ttl import clamp_ttl

POLICY = ResolverPolicy()
DAY = 86_400.0


@pytest.mark.parametrize(
    ("ttl", "empty", "seconds"),
    [
        (0, False, 30), (60, False, 60), (10**6, False, DAY), (2**31 - 1, False, DAY), (2**31, False, 30), (2**32 - 1, False, 30),
        (-1, False, 30), (None, False, 30), (None, True, 300), (60, True, 60), (5, True, 30), (10**6, True, 300), (2**31, True, 300),
    ],
)  # fmt: skip
def test_dns_lifetimes_are_clamped(ttl: float | None, empty: bool, seconds: float) -> None:  # noqa: FBT001 - a table
    assert clamp_ttl(ttl, empty=empty, policy=POLICY) == seconds
