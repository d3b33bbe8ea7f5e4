"""The contract suites: good backends pass, and each check fails on a backend that breaks its rule."""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from typing import Any

import pytest

from matrix_resolve import CacheBackend
from matrix_resolve.testing import (
    ContractError,
    FakeClock,
    check_cache_backend,
    check_dns_backend,
    check_http_backend,
)
from matrix_resolve.testing.contracts import cache_rules, dns, http
from matrix_resolve.testing.contracts.cache import run_cache_checks
from matrix_resolve.testing.contracts.dns_testbed import open_zone
from matrix_resolve.testing.contracts.http_floods import BOUNDED_FLOODS
from matrix_resolve.testing.contracts.http_testbed import open_servers
from matrix_resolve.testing.contracts.report import Check, run_checks

from . import broken_cache, broken_dns, broken_dns_answers, broken_http, broken_http_answers, broken_http_floods
from .broken_http_floods import LeavesConnectionsOpen
from .third_party_backends import SmallCache, SmallDns, SmallHttp

SOON = 0.5  # seconds that a call of a broken backend may take
Checks = Sequence[Check[Any, Any]]
BROKEN_DNS = [*broken_dns_answers.BROKEN, *broken_dns.BROKEN]
BROKEN_HTTP = [*broken_http_answers.BROKEN, *broken_http.BROKEN, *broken_http_floods.BROKEN]


def name_of(make: Callable[..., object]) -> str:
    kind: object = make.args[0] if isinstance(make, partial) else make
    return str(getattr(kind, "__name__", kind))


def rows(checks: Checks, broken: Sequence[tuple[Callable[..., object], set[str]]]) -> list[Any]:
    by_name = {check.name: check for check in checks}
    return [
        pytest.param(make, by_name[name], id=f"{name_of(make)}-{name}")
        for make, names in broken
        for name in sorted(names)
    ]


@pytest.mark.parametrize(("make", "check"), rows(dns.CHECKS, BROKEN_DNS))
async def test_broken_dns_backends_fail(make: Callable[[str], SmallDns], check: Check[Any, Any]) -> None:
    with pytest.raises(ContractError) as caught:
        await run_checks("DNS backend", [check], partial(open_zone, make), limit=SOON)
    assert f"{check.name}: {check.sentence}" in str(caught.value)


@pytest.mark.parametrize(("make", "check"), rows(http.CHECKS, BROKEN_HTTP))
async def test_broken_http_backends_fail(make: Callable[[Any], SmallHttp], check: Check[Any, Any]) -> None:
    with pytest.raises(ContractError) as caught:
        await run_checks("HTTP backend", [check], partial(open_servers, make), limit=SOON)
    assert f"{check.name}: {check.sentence}" in str(caught.value)


@pytest.mark.parametrize("check", BOUNDED_FLOODS, ids=lambda check: check.name)
async def test_a_connection_that_is_left_open_is_a_flood_that_goes_on(check: Check[Any, Any]) -> None:
    with pytest.raises(ContractError, match=check.name):
        await run_checks("HTTP backend", [check], partial(open_servers, LeavesConnectionsOpen), limit=SOON)


@pytest.mark.parametrize(("make", "check"), rows(cache_rules.CHECKS, broken_cache.BROKEN))
async def test_broken_cache_backends_fail(
    make: Callable[[Callable[[], float]], CacheBackend], check: Check[Any, Any]
) -> None:
    clock = FakeClock()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    with pytest.raises(ContractError) as caught:
        await run_cache_checks([check], lambda: make(clock), sleep=sleep, limit=SOON)
    assert f"{check.name}: {check.sentence}" in str(caught.value)


@pytest.mark.parametrize(
    ("checks", "broken"),
    [
        pytest.param(dns.CHECKS, BROKEN_DNS, id="dns"),
        pytest.param(http.CHECKS, BROKEN_HTTP, id="http"),
        pytest.param(cache_rules.CHECKS, broken_cache.BROKEN, id="cache"),
    ],
)
def test_each_check_is_seen_to_fail(checks: Checks, broken: Sequence[tuple[object, set[str]]]) -> None:
    names = [check.name for check in checks]
    assert len(set(names)) == len(names)
    assert set[str]().union(*(failed for _, failed in broken)) == set(names)


@pytest.mark.parametrize("checks", [dns.CHECKS, http.CHECKS, cache_rules.CHECKS], ids=["dns", "http", "cache"])
def test_each_rule_is_one_sentence(checks: Checks) -> None:
    for check in checks:
        assert check.sentence.endswith("."), check.name
        assert "\n" not in check.sentence + check.note


async def test_a_third_party_dns_backend_passes() -> None:
    await check_dns_backend(SmallDns)


async def test_a_third_party_http_backend_passes() -> None:
    await check_http_backend(SmallHttp)


async def test_a_third_party_cache_passes_on_the_real_clock() -> None:
    await check_cache_backend(SmallCache)


async def test_a_cache_that_keeps_whole_seconds_passes() -> None:
    class WholeSeconds(SmallCache):
        async def set(self, key: str, value: bytes, ttl: float) -> None:
            await super().set(key, value, ceil(ttl) + 0.99)

    clock = FakeClock()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    await check_cache_backend(lambda: WholeSeconds(clock), sleep=sleep)


async def test_caches_may_share_a_store_which_is_left_empty() -> None:
    clock, store = FakeClock(), dict[str, tuple[float, bytes]]()

    def make() -> SmallCache:
        cache = SmallCache(clock)
        cache.entries = store
        return cache

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    for _ in range(2):
        await check_cache_backend(make, sleep=sleep)
        assert store == {}


async def test_the_message_of_a_whole_suite() -> None:
    with pytest.raises(ContractError) as caught:
        await check_dns_backend(broken_dns_answers.RaisesOnNothing)
    message = str(caught.value)
    failed = [failure.name for failure in caught.value.failures]
    assert message.startswith(f"{len(failed)} of {len(dns.CHECKS)} checks of the DNS backend failed\n\n")
    assert {"no-such-name", "no-such-type", "no-such-service"} <= set(failed)
    assert "a-records" not in failed
    assert (
        "no-such-name: For a name that does not exist, the result is an empty answer, not an exception.\n"
        "    called:   lookup('a.example', 'A')\n"
        "    came:     KeyError: 'a.example'\n"
        "    expected: DnsAnswer(records=(), ttl=None, canonical_name='a.example'), where ttl may be None or 300\n"
        "    note:     The zone: empty. Catch the exception of your DNS library"
    ) in message
    causes: Any = caught.value.__cause__
    assert {type(error) for error in causes.exceptions} == {KeyError}
    assert causes.exceptions[0].__notes__ == ["in the check no-such-name"]
