"""The servers of the load behave as their names say, and the command measures correctly.

The load itself does not run here: it is the command ``python -m tests.robustness``.
"""

import asyncio
from collections.abc import Generator

import dns.flags
import dns.message
import pytest

from matrix_resolve import LookupFailed, ResolverPolicy

from .__main__ import run
from .load.honest_names import what_is_wrong
from .load.hostile_names import HostileGroup
from .load.limits import Limits
from .load.loop_watch import watched_loop
from .load.measure import measure
from .load.names import HANGING_HOST, MANY_ADDRESSES, flood_address, name_of, srv_targets
from .load.scenarios import ALONE, Scenario
from .load.testbed import Testbed, run_testbed
from .load.zone import LoadZone

_PATIENCE = 60.0  # seconds; much longer than anything takes


@pytest.fixture(scope="module")
def testbed() -> Generator[Testbed]:
    with run_testbed() as running:
        yield running


def _reply(name: str, record_type: str, *, over_tcp: bool = True) -> dns.message.Message | None:
    reply, _ = LoadZone().answer(dns.message.make_query(name, record_type).to_wire(), over_tcp=over_tcp)
    return None if reply is None else dns.message.from_wire(reply)


def _records(name: str, record_type: str) -> list[str]:
    reply = _reply(name, record_type)
    return [] if reply is None else reply.answer[0].to_text().splitlines()


def test_a_dead_name_gets_no_reply() -> None:
    for name in ("dead-17.test", "_matrix-fed._tcp.dead-17.test", *srv_targets(0), *srv_targets(1)):
        assert _reply(name, "A") is None


def test_an_srv_name_has_many_targets() -> None:
    records = _records("_matrix-fed._tcp.srv-3.test", "SRV")
    assert [record.rpartition(" SRV ")[2] for record in records] == [f"10 0 8448 {host}." for host in srv_targets(3)]


def test_the_targets_of_an_srv_name_are_in_one_zone_or_in_many() -> None:
    zones = [
        {target.split(".", 1)[1] if target.count(".") > 1 else target for target in srv_targets(n)} for n in (0, 1)
    ]
    assert [len(each) for each in zones] == [1, 128]


def test_a_name_has_many_addresses() -> None:
    records = _records("addresses-3.test", "A")
    assert [record.rpartition(" A ")[2] for record in records] == list(MANY_ADDRESSES)


def test_what_does_not_fit_into_udp_is_truncated() -> None:
    reply = _reply("addresses-3.test", "A", over_tcp=False)
    assert reply is not None
    assert (reply.answer, bool(reply.flags & dns.flags.TC)) == ([], True)


async def test_an_honest_name_is_right(testbed: Testbed) -> None:
    async with testbed.network.resolver() as resolver:
        assert what_is_wrong(await resolver.resolve(name_of("honest", 1))) == []


async def test_another_answer_is_wrong(testbed: Testbed) -> None:
    async with testbed.network.resolver() as resolver:
        resolution = await resolver.resolve(name_of("addresses", 1))
    assert [each.partition(", ")[0] for each in what_is_wrong(resolution)] == ["addresses-1.test: step 6"]


async def test_a_dead_name_is_a_temporary_error(testbed: Testbed) -> None:
    async with testbed.network.resolver(ResolverPolicy(dns_timeout=0.1)) as resolver:
        with pytest.raises(LookupFailed):
            await resolver.resolve(name_of("dead", 1))


async def test_a_hanging_host_has_no_delegation(testbed: Testbed) -> None:
    async with testbed.network.resolver(ResolverPolicy(well_known_connect_timeout=0.1)) as resolver:
        resolution = await resolver.resolve(name_of("hanging", 1))
    assert [(target.ip, target.port) for target in resolution.targets] == [(HANGING_HOST, 8448)]


async def test_a_flood_is_over_before_its_server_ends_it(testbed: Testbed) -> None:
    with testbed.floods(1) as floods:
        async with floods.network.resolver() as resolver:
            resolution = await resolver.resolve(name_of("flood", 0))
        assert [target.ip for target in resolution.targets] == [flood_address(0)]
        assert floods.begun() == 1


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_little_load(testbed: Testbed, loop: str) -> None:
    little = Scenario(name="a little", groups=(HostileGroup("dead", 3), HostileGroup("flood", 1, total=1)), floods=1)
    measured = measure(testbed, little, loop, 0.2, _PATIENCE)  # type: ignore[arg-type] # one of the two
    assert (len(measured.honest.waits), measured.honest.wrong, measured.honest.unresolved) == (4, [], 0)
    assert (measured.hostile.begun, measured.floods) == (4, 1)
    assert measured.resources.left == 0


async def test_a_loop_that_is_stopped_is_seen() -> None:
    with watched_loop() as watch:
        await asyncio.sleep(0.02)
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < began + 0.1:
            pass
        await asyncio.sleep(0.02)
    assert watch.late >= 0.09
    assert watch.cpu > 0


def test_the_command_says_which_bars_are_missed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run((ALONE,), ("asyncio",), 0.1, Limits(0.0)) == 1
    assert "2 of 2 honest names" in capsys.readouterr().out.splitlines()[-1]
