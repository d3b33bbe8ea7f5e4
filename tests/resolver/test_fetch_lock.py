"""Two resolvers with one store, as two workers of a fleet: which one sends the request, and how long others wait."""

import asyncio
from collections.abc import AsyncIterator

import attrs
import pytest

from matrix_resolve import AddressBlocked, HttpResponse, Resolution, ResolverPolicy, ServerNameResolver
from matrix_resolve.testing import FakeClock, FakeDns, FakeHttp, FakeLockingCache
from matrix_resolve.testing.http import well_known_url
from tests._support.waiting import settle, until

NAME, DELEGATED = "example.org", "matrix.example.org:443"
IMPATIENT = ResolverPolicy(fetch_lock_wait=0.1)


@attrs.define
class Fleet:
    """What the workers share, and a host that answers when a test lets it."""

    clock: FakeClock = attrs.Factory(FakeClock)
    http: FakeHttp = attrs.Factory(FakeHttp)
    goes: asyncio.Event = attrs.Factory(asyncio.Event)
    store: FakeLockingCache = attrs.Factory(lambda self: FakeLockingCache(self.clock), takes_self=True)
    workers: list[ServerNameResolver] = attrs.Factory(list[ServerNameResolver])

    def __attrs_post_init__(self) -> None:
        self.http.gate = self.goes
        self.http.well_known(NAME, DELEGATED)

    @property
    def asked(self) -> int:
        return len(self.http.requests)

    async def until_asked(self, times: int) -> None:
        await until(lambda: self.asked >= times)

    def worker(self, policy: ResolverPolicy | None = None, *, address: str = "1.2.3.4") -> ServerNameResolver:
        dns = FakeDns()
        for name in (NAME, "matrix.example.org"):
            dns.a(name, address)
        self.workers.append(
            ServerNameResolver(dns=dns, http=self.http, cache=self.store, clock=self.clock, policy=policy)
        )
        return self.workers[-1]

    def locks(self) -> dict[str, tuple[str, float]]:
        return self.store.locks


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    fleet = Fleet()
    yield fleet
    for worker in fleet.workers:
        await worker.aclose()


def begin(worker: ServerNameResolver, *, refresh: bool = False) -> "asyncio.Task[Resolution]":
    return asyncio.ensure_future(worker.resolve(NAME, refresh=refresh))


async def test_the_second_waits_for_what_the_first_stores(fleet: Fleet) -> None:
    first = begin(fleet.worker())
    await fleet.until_asked(1)
    second = begin(fleet.worker())
    await settle()
    fleet.goes.set()
    assert (await first).delegated == (await second).delegated == DELEGATED
    assert fleet.asked == 1
    assert "known" not in (await first).trace[-1].question
    assert any(record.cached and record.kind == "well-known" for record in (await second).trace)
    assert not fleet.locks()


async def test_a_failure_is_news_too(fleet: Fleet) -> None:
    """The other workers do not repeat a request that has just failed."""
    fleet.http.serve(well_known_url(NAME), HttpResponse(503))
    first = begin(fleet.worker())
    await fleet.until_asked(1)
    second = begin(fleet.worker())
    await settle()
    fleet.goes.set()
    assert (await first).delegated is (await second).delegated is None
    assert fleet.asked == 1


async def test_what_nobody_stores_is_asked_by_the_next_at_once(fleet: Fleet) -> None:
    """What a worker's own address policy decides is not stored for others.

    The lock is released, and the next worker sends a request.
    """
    blocked = begin(fleet.worker(address="10.0.0.1"))
    with pytest.raises(AddressBlocked):
        await blocked
    fleet.goes.set()
    assert (await fleet.worker().resolve(NAME)).delegated == DELEGATED
    assert not fleet.locks()


async def test_nobody_waits_for_longer_than_the_policy_says(fleet: Fleet) -> None:
    first = begin(fleet.worker())
    await fleet.until_asked(1)
    second = begin(fleet.worker(IMPATIENT))
    await fleet.until_asked(2)
    fleet.goes.set()
    assert (await first).delegated == (await second).delegated == DELEGATED


async def test_the_lock_of_a_dead_worker_ends(fleet: Fleet) -> None:
    fleet.goes.set()
    await fleet.store.lock(f"matrix-resolve:2:well-known:{NAME}", 10)
    waiting = begin(fleet.worker())
    await settle()
    assert fleet.asked == 0
    fleet.clock.advance(10)
    assert (await waiting).delegated == DELEGATED


async def test_a_cancelled_worker_leaves_no_lock(fleet: Fleet) -> None:
    first = begin(fleet.worker())
    await fleet.until_asked(1)
    second = begin(fleet.worker())
    await settle()
    first.cancel()
    await settle()
    fleet.goes.set()
    assert (await second).delegated == DELEGATED
    assert fleet.asked == 2
    assert not fleet.locks()


async def test_a_closed_worker_leaves_no_lock(fleet: Fleet) -> None:
    worker = fleet.worker()
    first = begin(worker)
    await fleet.until_asked(1)
    await worker.aclose()
    assert not fleet.locks()
    with pytest.raises(RuntimeError, match="closed"):
        await first


async def test_one_refreshes_for_all(fleet: Fleet) -> None:
    """A record from before the refresh does not count: a worker that refreshes waits for a newer one."""
    fleet.goes.set()
    workers = [fleet.worker(), fleet.worker()]
    for worker in workers:
        await worker.resolve(NAME)
    fleet.goes.clear()
    fleet.clock.advance(60)
    first = begin(workers[0], refresh=True)
    await fleet.until_asked(2)
    second = begin(workers[1], refresh=True)
    await settle()
    fleet.goes.set()
    assert (await first).delegated == (await second).delegated == DELEGATED
    assert fleet.asked == 2


async def test_without_agreement_everybody_asks(fleet: Fleet) -> None:
    """A store that fails delays nobody."""
    fleet.store.error = ConnectionError("gone")
    fleet.goes.set()
    for number in (1, 2):
        assert (await fleet.worker().resolve(NAME)).delegated == DELEGATED
        assert fleet.asked == number
