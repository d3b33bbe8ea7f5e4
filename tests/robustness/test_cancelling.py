"""A caller is cancelled at any moment: the others get their answer, nothing is left, and the next resolution works."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from itertools import count

import pytest
import uvloop

from matrix_resolve import DnsAnswer, DnsBackend, RecordType, Resolution
from matrix_resolve.testing import LoopbackFederation
from tests._support.descriptors import open_descriptors
from tests._support.waiting import until

from .cancelling import Moments, Plant, Trial, cancel_everywhere
from .cancelling_cases import CASES, IN_A_QUEUE, Stage

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("company", "limit"), [(False, 1), (True, 100)], ids=["alone", "in company"])
def test_cancelled_at_every_moment(case: str, limit: int, *, company: bool) -> None:
    assert cancel_everywhere(Trial(CASES[case], company=company, limit=limit)) > 0


@pytest.mark.parametrize("case", IN_A_QUEUE)
def test_cancelled_in_a_queue(case: str) -> None:
    """A slot that is not released, or that is given to a cancelled caller, would block all others."""
    assert cancel_everywhere(Trial(CASES[case], company=True, limit=1)) > 0


def test_the_moments_are_those_of_the_whole_work() -> None:
    """The caller alone suspends once; the library's own tasks, for which it waits, suspend in every backend call."""
    suspensions = {name: cancel_everywhere(Trial(CASES[name])) for name in ("1", "2", "6", "redirects")}
    assert suspensions["1"] == 1
    assert 5 < suspensions["2"] < suspensions["6"] < suspensions["redirects"]


class _Planted:
    """A DNS backend with a fault."""

    def __init__(self, inner: DnsBackend) -> None:
        self._inner = inner

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        return await self._go_wrong(self._inner.lookup(name, record_type, refresh=refresh))

    async def _go_wrong(self, work: Awaitable[DnsAnswer]) -> DnsAnswer:
        raise NotImplementedError


class _ForgottenTask(_Planted):
    async def _go_wrong(self, work: Awaitable[DnsAnswer]) -> DnsAnswer:
        asyncio.get_running_loop().create_task(asyncio.sleep(3600))
        return await work


class _ForgottenTimer(_Planted):
    async def _go_wrong(self, work: Awaitable[DnsAnswer]) -> DnsAnswer:
        asyncio.get_running_loop().call_later(3600, str)
        return await work


class _ForgottenError(_Planted):
    async def _go_wrong(self, work: Awaitable[DnsAnswer]) -> DnsAnswer:
        asyncio.get_running_loop().create_future().set_exception(OSError("nobody is told"))
        return await work


class _DeafToCancellation(_Planted):
    async def _go_wrong(self, work: Awaitable[DnsAnswer]) -> DnsAnswer:
        try:
            return await work
        except asyncio.CancelledError:
            await asyncio.Event().wait()
            raise


@pytest.mark.parametrize(
    ("plant", "complaint"),
    [
        (_ForgottenTask, "tasks are left"),
        (_ForgottenTimer, "timers are left"),
        (_ForgottenError, "nobody is told"),
        (_DeafToCancellation, "tasks are left"),
    ],
)
def test_a_leak_in_a_backend_is_found(plant: Plant, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        cancel_everywhere(Trial(CASES["2"], plant=plant))


class _WithoutShield:
    """A broken resolver: all callers wait for one task, which is cancelled with the first caller who is cancelled."""

    def __init__(self, stage: Stage) -> None:
        self._inner = stage.resolver()
        self._tasks: dict[str, asyncio.Task[Resolution]] = {}

    async def resolve(self, server_name: str, *, refresh: bool = False) -> Resolution:
        if server_name not in self._tasks:
            self._tasks[server_name] = asyncio.create_task(self._inner.resolve(server_name, refresh=refresh))
        return await self._tasks[server_name]

    async def aclose(self) -> None:
        await self._inner.aclose()


def test_an_answer_that_others_lose_is_found() -> None:
    with pytest.raises((AssertionError, asyncio.CancelledError)):
        cancel_everywhere(Trial(CASES["2"], company=True, resolver=_WithoutShield))


def _port(_: LoopbackFederation) -> str:
    return "port.example:8448"


def _delegated(federation: LoopbackFederation) -> str:
    federation.well_known("delegating.example", "port.example:8448")
    return "delegating.example"


def _srv(federation: LoopbackFederation) -> str:
    federation.server("srv.example", port=443)
    federation.srv("srv.example", "port.example", 8448)
    return "srv.example"


@pytest.mark.parametrize("route", [_port, _delegated, _srv])
@pytest.mark.parametrize("loop", LOOPS)
def test_cancelled_at_every_moment_over_sockets(loop: str, route: Callable[[LoopbackFederation], str]) -> None:
    """With real name servers and HTTPS servers, no descriptor stays open."""
    with LoopbackFederation() as federation, asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        federation.server("port.example")
        name = route(federation)
        runner.run(_cancel_over_sockets(federation, name, 1_000_000))
        before = runner.run(_settled_descriptors())
        moments = next(at for at in count(1) if not runner.run(_cancel_over_sockets(federation, name, at)))
        assert moments > 3
        runner.run(_until_only_these_are_left(before))


async def _cancel_over_sockets(federation: LoopbackFederation, name: str, at: int) -> bool:
    """Cancel one of two callers at a moment. The other gets its answer, and no task is left after closing.

    Returns:
        True if the moment has come.
    """
    moments = Moments(asyncio.get_running_loop())
    async with federation.resolver() as resolver:
        caller, other = (asyncio.create_task(resolver.resolve(name)) for _ in range(2))
        caller.add_done_callback(lambda _: moments.disarm())
        moments.arm(at, caller.cancel)
        assert (await other).targets[0].port == 8448
        await asyncio.wait([caller])
        alone = asyncio.create_task(resolver.resolve(name, refresh=True))
        moments.arm(at, alone.cancel)
        await asyncio.wait([alone])
        moments.disarm()
        assert (await resolver.resolve(name)).targets[0].port == 8448
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return moments.has_come


async def _settled_descriptors() -> int:
    """Return the number of descriptors that stay open.

    c-ares closes its descriptors in its own thread, and a running loop has some that an idle loop does not have.
    """
    fewest = open_descriptors()
    for _ in range(10):
        await asyncio.sleep(0.02)
        fewest = min(fewest, open_descriptors())
    return fewest


async def _until_only_these_are_left(descriptors: int) -> None:
    gc.collect()
    await until(lambda: open_descriptors() <= descriptors)
