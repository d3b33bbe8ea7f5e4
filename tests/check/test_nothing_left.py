"""A check that ended, or was cancelled at any moment, leaves no task and no file descriptor."""

import asyncio
import os
from itertools import count

import pytest

from matrix_resolve.check import check_server
from matrix_resolve.testing import LoopbackFederation, Reply
from tests._support.waiting import settle
from tests.robustness.cancelling import Moments

from .broken_deployments import NAME, OTHER_V4, V4, V6, VERSION, WELL_KNOWN, Build, by_srv, delegated, homeserver, html


def _plain(federation: LoopbackFederation) -> None:
    delegated(federation)
    federation.server(NAME, port=443, addresses=[V6, V4, OTHER_V4])


def _broken(federation: LoopbackFederation) -> None:
    """Set up a broken deployment, for which a check makes additional requests."""
    by_srv(federation, names=[NAME, "node.example"]).reply("/*", html(404))
    federation.server(NAME, port=443, certificate="expired")


def _redirected(federation: LoopbackFederation) -> None:
    homeserver(federation).reply(VERSION, Reply(body=b"x", cut_after=0))
    redirect = Reply(status=302, headers={"Location": f"https://www.example{WELL_KNOWN}"})
    federation.server(NAME, port=443).reply(WELL_KNOWN, redirect)
    federation.server("www.example", port=443).reply(WELL_KNOWN, html())


DEPLOYMENTS: dict[str, Build] = {"plain": _plain, "broken": _broken, "redirected": _redirected}


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def _until_only_these_are_left(descriptors: int) -> None:
    """Wait until the server has closed its last file descriptor; the timeout of the test ends the wait."""
    while _descriptors() > descriptors:
        await asyncio.sleep(0.01)


async def _cancel(federation: LoopbackFederation, at: int) -> bool:
    """Check a name, cancel the check at a moment, and return whether this moment was reached."""
    moments = Moments(asyncio.get_running_loop())
    async with federation.resolver() as resolver:
        task = asyncio.create_task(check_server(resolver, NAME, timeout=60))
        task.add_done_callback(lambda _: moments.disarm())
        moments.arm(at, task.cancel)
        await asyncio.wait([task])
        assert task.cancelled() or not moments.has_come
    await settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return moments.has_come


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_cancelled_at_any_moment(deployment: str) -> None:
    with LoopbackFederation() as federation, asyncio.Runner() as runner:
        DEPLOYMENTS[deployment](federation)
        runner.run(_cancel(federation, 10**9))
        before = _descriptors()
        moments = next(at for at in count(1) if not runner.run(_cancel(federation, at)))
        assert moments > 30
        runner.run(_until_only_these_are_left(before))


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
async def test_many_checks_leave_nothing(deployment: str) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        DEPLOYMENTS[deployment](federation)
        first = await check_server(resolver, NAME)
        await settle()
        tasks, descriptors = asyncio.all_tasks(), _descriptors()
        reports = await asyncio.gather(*(check_server(resolver, NAME) for _ in range(20)))
        assert asyncio.all_tasks() == tasks
        await _until_only_these_are_left(descriptors)
    assert {report.verdict for report in reports} == {first.verdict}
    assert {tuple(each.code for each in report.findings) for report in reports} == {
        tuple(each.code for each in first.findings)
    }
