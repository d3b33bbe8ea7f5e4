"""Cases 112 to 114: SRV weights, as the frequency with which each target comes first."""

from collections import Counter
from random import Random

import pytest

from matrix_resolve import SrvRecord
from matrix_resolve.discovery.srv import order_by_rfc_2782

from .testbed import Testbed, fed_record

T1, T2, T3 = "203.0.113.1", "203.0.113.2", "203.0.113.3"

CASES: dict[int, tuple[list[str], dict[str, float]]] = {
    112: (
        ["10 60 1 t1.example.com.", "10 30 2 t2.example.com.", "10 10 3 t3.example.com."],
        {T1: 0.6, T2: 0.3, T3: 0.1},
    ),
    113: (["10 0 1 t1.example.com.", "10 100 2 t2.example.com."], {T1: 1 / 101, T2: 100 / 101}),
    114: (["10 0 1 t1.example.com.", "10 0 2 t2.example.com."], {T1: 0.5, T2: 0.5}),
}

RESOLVES, NAMES = 16, 150


@pytest.mark.parametrize("number", [pytest.param(number, id=str(number)) for number in CASES])
async def test_case(number: int) -> None:
    """Every target is always there, and comes first as often as its weight says."""
    records, shares = CASES[number]
    first: Counter[str] = Counter()
    random = Random(number)  # noqa: S311 - must be repeatable
    for _ in range(NAMES):
        testbed = Testbed(*(fed_record("example.org", record) for record in records))
        async with testbed.resolver(random=[random.random() for _ in range(200)]) as resolver:
            for _ in range(RESOLVES):
                resolution = await resolver.resolve("example.org")
                assert {target.ip for target in resolution.targets} == set(shares)
                first[resolution.targets[0].ip] += 1
    for ip, share in shares.items():
        assert first[ip] / (NAMES * RESOLVES) == pytest.approx(share, abs=0.035)


def test_equal_weights_share_equally() -> None:
    """A literal reading of the RFC gives 2:1 for two records of weight 1."""
    random = Random(1)  # noqa: S311 - must be repeatable
    records = (SrvRecord(0, 1, 1, "a"), SrvRecord(0, 1, 1, "b"))
    first = Counter(order_by_rfc_2782(records, random.random)[0].target for _ in range(4_000))
    assert first["a"] / 4_000 == pytest.approx(0.5, abs=0.03)
