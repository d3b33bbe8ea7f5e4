"""When a cache is not used for a while, shown by the calls that reach it; and which values are always refused."""

import json
import logging

import attrs
import pytest

from matrix_resolve import ResolverPolicy, ServerNameResolver
from matrix_resolve._context import StatsCounter
from matrix_resolve._util.throttled_log import ThrottledLog
from matrix_resolve._well_known.codec import DelegationState, cache_key, encode
from matrix_resolve._well_known.fail_safe_cache import NO_AGREEMENT, FailSafeCache
from matrix_resolve.reasons import Reason
from matrix_resolve.testing import FakeCache, FakeClock, FakeDns, FakeHttp, FakeLockingCache

KEY, POLICY = cache_key("example.org"), ResolverPolicy()
LOCKED = TimeoutError("the file is locked by another program")


class SlowToFail(FakeLockingCache):
    """A cache whose failures take some seconds of the fake clock."""

    seconds = 0.0

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.clock = clock

    def _note(self, method: str, key: str) -> None:
        if self.error is not None:
            self.clock.advance(self.seconds)
        super()._note(method, key)


@attrs.define
class Guarded:
    """A guarded cache with everything that a test inspects."""

    clock: FakeClock = attrs.Factory(FakeClock)
    counters: StatsCounter = attrs.Factory(StatsCounter)
    backend: SlowToFail = attrs.Factory(lambda self: SlowToFail(self.clock), takes_self=True)
    cache: FailSafeCache = attrs.Factory(
        lambda self: FailSafeCache(
            self.backend, POLICY, ThrottledLog(self.clock), self.counters, clock=lambda: float(self.clock())
        ),
        takes_self=True,
    )

    async def calls_of_a_name(self) -> int:
        """Make the calls of a name that is not cached, and return how many of them reach the backend."""
        before = len(self.backend.calls)
        assert await self.cache.get(KEY) is None
        token = await self.cache.lock(KEY)
        assert token is not None
        await self.cache.get(KEY)
        await self.cache.set(KEY, b"value", 60)
        await self.cache.unlock(KEY, token)
        await self.cache.delete(KEY)
        return len(self.backend.calls) - before


async def test_a_lock_of_another_program_is_waited_for_once() -> None:
    """A `TimeoutError` counts, however soon it is raised."""
    guarded = Guarded()
    guarded.backend.error = LOCKED
    assert [await guarded.calls_of_a_name() for _ in range(5)] == [1, 0, 0, 0, 0]
    assert await guarded.cache.lock(KEY) == NO_AGREEMENT


async def test_it_is_used_again_after_its_rest() -> None:
    guarded = Guarded()
    guarded.backend.error = LOCKED
    await guarded.calls_of_a_name()
    guarded.clock.advance(POLICY.cache_cooldown - 0.01)
    assert await guarded.calls_of_a_name() == 0
    guarded.clock.advance(0.01)
    assert await guarded.calls_of_a_name() == 1
    guarded.backend.error = None
    guarded.clock.advance(POLICY.cache_cooldown)
    assert await guarded.calls_of_a_name() == 6


@pytest.mark.parametrize(("seconds", "calls"), [(0.4, 1), (0.0625, 1), (0.03125, 5), (0.0, 5)])
async def test_an_error_counts_as_slow_if_it_took_a_while(seconds: float, calls: int) -> None:
    """A Redis client, for example, raises errors other than `TimeoutError` at its timeouts."""
    guarded = Guarded()
    guarded.backend.error, guarded.backend.seconds = ConnectionError("gone"), seconds
    assert await guarded.calls_of_a_name() == calls, "there is no unlock call, because there was no lock"


async def test_names_behind_a_locked_store_call_it_once() -> None:
    """The whole resolver, with a store whose readers do not wait for a lock, as in SQLite."""
    dns, http, clock = FakeDns(), FakeHttp(), FakeClock()
    names = [f"{number}.example" for number in range(20)]
    for name in names:
        dns.a(name, "1.2.3.4")
        http.well_known(name, f"{name}:443")
    store = ReadsOnly(clock)
    policy = ResolverPolicy(cache_cooldown=1e6)
    async with ServerNameResolver(dns=dns, http=http, cache=store, policy=policy, clock=clock) as resolver:
        assert [(await resolver.resolve(name)).delegated for name in names] == [f"{name}:443" for name in names]
    assert [method for method, _ in store.calls] == ["get", "lock"]


class ReadsOnly(FakeLockingCache):
    """A store that is locked for writers."""

    def _note(self, method: str, key: str) -> None:
        super()._note(method, key)
        if method != "get":
            raise LOCKED


VALID = encode(
    DelegationState(
        "absent", None, stored_at=0.0, fresh_until=0.0, reason=Reason("status", (("url", "x"), ("status", 404)))
    )
)


@pytest.mark.parametrize("spaces", [4096 - len(VALID), 4097 - len(VALID)])
async def test_a_value_longer_than_4_kib_is_refused_from_any_backend(
    spaces: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The record would be well-formed despite the added spaces."""
    caplog.set_level(logging.WARNING, "matrix_resolve")
    guarded = Guarded()
    await guarded.backend.set(KEY, VALID + b" " * spaces, 60)
    is_refused = len(VALID) + spaces > 4096
    for _ in range(3):
        assert (await guarded.cache.get(KEY) is None) == is_refused
    assert dict(guarded.counters.cut) == ({"cache-value-refused": 3} if is_refused else {})
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == is_refused
    assert all("cache-value-refused" in line and "more than 4096 bytes" in line for line in said)


async def test_a_refused_value_is_no_reason_to_rest() -> None:
    guarded = Guarded()
    await guarded.backend.set(KEY, b"x" * 5000, 60)
    assert await guarded.calls_of_a_name() == 6


@pytest.mark.parametrize(
    "changes", [{"v": 1}, {"retry_at": 1e11}, {"outcome": "moved"}], ids=["version", "bounds", "format"]
)
async def test_what_is_refused_is_counted_and_replaced(changes: dict[str, object]) -> None:
    clock, dns, http = FakeClock(), FakeDns(), FakeHttp()
    for name in ("example.org", "matrix.example.org"):
        dns.a(name, "1.2.3.4")
    http.well_known("example.org", "matrix.example.org:443")
    store = FakeCache(clock)
    await store.set(KEY, json.dumps({**json.loads(VALID), **changes}).encode(), 60)
    async with ServerNameResolver(dns=dns, http=http, cache=store, clock=clock) as resolver:
        assert (await resolver.resolve("example.org")).delegated == "matrix.example.org:443"
        assert resolver.stats().cut == {"cache-value-refused": 1}
    assert b"matrix.example.org:443" in (await store.get(KEY) or b"")
