"""A loopback federation as a whole: context managers, resolvers, what it received, and the pytest fixture."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from matrix_resolve import (
    ServerNotFound,
    open_connection,
)
from matrix_resolve.testing import FakeDns, LoopbackFederation


async def test_several_at_once_know_nothing_of_each_other() -> None:
    async with LoopbackFederation() as one, LoopbackFederation() as two:
        one.well_known("a.example", "198.51.100.1:1")
        two.well_known("a.example", "198.51.100.2:2")
        resolvers = one.resolver(), two.resolver()
        both = await asyncio.gather(*(resolver.resolve("a.example") for resolver in resolvers))
    assert [resolution.delegated for resolution in both] == ["198.51.100.1:1", "198.51.100.2:2"]


async def test_what_was_not_set_up_does_not_exist() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        with pytest.raises(ServerNotFound):
            await resolver.resolve("nowhere.example")
        with pytest.raises(ConnectionError):
            await open_connection(resolver, "198.51.100.77")


async def test_seen_can_be_cleared_and_options_are_passed_on() -> None:
    records: list[object] = []
    async with LoopbackFederation() as federation:
        federation.server("a.example")
        async with federation.resolver(on_lookup=records.append, user_agent="bot") as resolver:
            await resolver.resolve("a.example")
        assert records
        assert federation.seen.questions
        federation.seen.clear()
        assert (federation.seen.questions, federation.seen.requests, federation.seen.handshakes) == ([], [], [])


_USES: dict[str, Callable[[LoopbackFederation], object]] = {
    "server": lambda federation: federation.server("a.example"),
    "resolver": lambda federation: federation.resolver(),
    "nameserver": lambda federation: federation.nameserver,
}


@pytest.mark.parametrize("use", _USES.values(), ids=_USES)
def test_outside_of_its_block_it_says_so(use: Callable[[LoopbackFederation], object]) -> None:
    with pytest.raises(RuntimeError, match="`with` or `async with` block"):
        use(LoopbackFederation())


def test_it_cannot_be_entered_twice() -> None:
    federation = LoopbackFederation()
    with federation, pytest.raises(RuntimeError, match="running already"):
        federation.__enter__()


def test_addresses_run_out_with_a_clear_error() -> None:
    with LoopbackFederation() as federation:
        for number in range(762):
            federation.server(f"n{number}.example")
        with pytest.raises(ValueError, match="pass addresses="):
            federation.server("one-more.example")


USER_PROJECT = """
import asyncio, pytest
from matrix_resolve import open_connection

async def reach(resolver, name):
    try:
        connection = await open_connection(resolver, name)
    except Exception:
        return False
    connection.writer.close()
    await connection.writer.wait_closed()
    return True

def test_plain(matrix_federation):
    matrix_federation.server("alive.example")
    matrix_federation.server("dead.example").stop()
    async def ask():
        async with matrix_federation.resolver() as resolver:
            return [await reach(resolver, name) for name in ("dead.example", "alive.example")]
    assert asyncio.run(ask()) == [False, True]

def test_forgets_to_close(matrix_federation):
    matrix_federation.server("alive.example")
    assert asyncio.run(reach(matrix_federation.resolver(), "alive.example"))

@pytest.mark.asyncio
async def test_pytest_asyncio(matrix_federation):
    matrix_federation.server("alive.example")
    assert await reach(matrix_federation.resolver(), "alive.example")

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_anyio(matrix_federation):
    matrix_federation.server("alive.example")
    assert await reach(matrix_federation.resolver(), "alive.example")
"""


def test_the_fixture_in_a_user_project(tmp_path: Path) -> None:
    (tmp_path / "test_user.py").write_text(USER_PROJECT)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "pytest", "-W", "error", "-q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_a_resolver_with_a_dns_backend_of_its_own() -> None:
    """The federation then adds no name server, so the arguments do not conflict."""
    with LoopbackFederation() as federation:
        own = federation.resolver(dns=FakeDns(), overrides={"a.example": "198.51.100.1:1"})
        assert asyncio.run(own.resolve("a.example")).step == "3.1"
