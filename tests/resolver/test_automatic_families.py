"""With ``families="auto"``, only the address families of this machine are queried."""

from collections.abc import Callable, Collection, Sequence

import attrs
import pytest

from matrix_resolve import AddressPolicy, ResolverPolicy, ServerNameResolver
from matrix_resolve._address_families import QueriedFamilies, all_families, routed_families
from matrix_resolve.policy import Family
from matrix_resolve.resolver import config_of
from matrix_resolve.testing import FakeClock, FakeDns
from matrix_resolve.testing.http import well_known_url
from tests.spec.testbed import MAPPED_DOCUMENTATION, Testbed

AUTO = ResolverPolicy(families="auto")
BOTH: Sequence[Family] = ("v6", "v4")


class Machine:
    """A machine that gets and loses address families, and counts how often it is asked for them."""

    def __init__(self, *families: Family) -> None:
        self.families: Collection[Family] = families
        self.asked = 0

    def __call__(self) -> Collection[Family]:
        self.asked += 1
        return self.families


def on(
    machine: Machine,
    testbed: Testbed,
    policy: ResolverPolicy = AUTO,
    *,
    address_policy: AddressPolicy = MAPPED_DOCUMENTATION,
) -> ServerNameResolver:
    """Return a resolver on *machine*."""
    resolver = testbed.resolver(policy=policy, address_policy=address_policy)
    config = config_of(resolver)
    families = QueriedFamilies(policy.families, machine, config.clock)
    resolver._config = attrs.evolve(config, families=families)  # pyright: ignore[reportPrivateUsage] - the machine is not an argument
    return resolver


BOTH_HOSTS = (
    "_matrix-fed._tcp.example.org SRV 10 0 7 both.example.com",
    "_matrix-fed._tcp.example.org SRV 20 0 8 v6.example.com",
)


@pytest.mark.parametrize(
    ("machine", "asked", "ips"),
    [
        (Machine("v4"), ["A"], ["203.0.113.11"]),
        (Machine("v6"), ["AAAA"], ["2001:db8::b", "2001:db8::c6"]),
        (Machine("v6", "v4"), ["AAAA", "A"], ["2001:db8::b", "203.0.113.11", "2001:db8::c6"]),
        (Machine("v4", "v6"), ["AAAA", "A"], ["2001:db8::b", "203.0.113.11", "2001:db8::c6"]),
        (Machine(), ["AAAA", "A"], ["2001:db8::b", "203.0.113.11", "2001:db8::c6"]),
    ],
    ids=["IPv4", "IPv6", "both", "both, in the order of the policy", "none: both"],
)
async def test_queries_and_targets(machine: Machine, asked: list[str], ips: list[str]) -> None:
    """This holds for the web host of a well-known request and for the hosts of SRV records."""
    testbed = Testbed(*BOTH_HOSTS)
    async with on(machine, testbed) as resolver:
        resolution = await resolver.resolve("example.org")
    assert [target.ip for target in resolution.targets] == ips
    hosts = ["example.org", "both.example.com", "v6.example.com"]
    addresses = {f"{record_type} {host}" for record_type in asked for host in hosts}
    assert set(testbed.log) == {*addresses, f"GET {well_known_url('example.org')}", "SRV _matrix-fed._tcp.example.org"}
    web = {"A": ["192.0.2.10"], "AAAA": ["2001:db8::10"]}
    assert list(testbed.http.requests[0].addresses) == [ip for record_type in asked for ip in web[record_type]]


@pytest.mark.parametrize(("machine", "ips"), [(Machine("v4"), ["127.0.0.1"]), (Machine(), ["::1", "127.0.0.1"])])
async def test_localhost(machine: Machine, ips: list[str]) -> None:
    testbed = Testbed()
    async with on(machine, testbed, address_policy=AddressPolicy.allow_all()) as resolver:
        resolution = await resolver.resolve("localhost:1")
    assert ([target.ip for target in resolution.targets], testbed.log) == (ips, [])


async def test_a_literal_address_is_the_only_choice() -> None:
    """It is a target whatever the machine can reach: without it, there would be none, and no error that says why."""
    testbed = Testbed()
    async with on(Machine("v4"), testbed) as resolver:
        resolution = await resolver.resolve("[2001:db8::1]:1")
    assert [target.ip for target in resolution.targets] == ["2001:db8::1"]


async def test_the_machine_is_asked_once_a_minute() -> None:
    testbed, machine = Testbed(), Machine("v4")
    policy = attrs.evolve(AUTO, dns_max_ttl=1.0, dns_min_ttl=0.0)
    async with on(machine, testbed, policy) as resolver:
        for seconds, asked in [(0, 1), (10, 1), (49, 1), (1, 2), (59, 2), (1_000, 3)]:
            testbed.clock.advance(seconds)
            await resolver.resolve("both.example.com:1")
            assert machine.asked == asked
        assert "AAAA both.example.com" not in testbed.log
        machine.families = BOTH
        testbed.clock.advance(60)
        await resolver.resolve("both.example.com:1")
        assert "AAAA both.example.com" in testbed.log


async def test_a_clock_that_is_set_back_does_not_keep_an_old_answer() -> None:
    testbed, machine = Testbed(), Machine("v4")
    async with on(machine, testbed) as resolver:
        await resolver.resolve("both.example.com:1")
        testbed.clock.now -= 86_400
        testbed.clock.advance(400)
        await resolver.resolve("t1.example.com:1")
    assert machine.asked == 2


async def test_the_machine_is_not_asked_for_fixed_families() -> None:
    testbed, machine = Testbed(), Machine("v4")
    async with on(machine, testbed, ResolverPolicy(families=("v6",))) as resolver:
        await resolver.resolve("both.example.com:1")
    assert (machine.asked, testbed.log) == (0, ["AAAA both.example.com"])


def elsewhere(_ip: str, _port: int) -> tuple[str, int]:
    return "127.0.0.1", 1


@pytest.mark.parametrize(("connect_to", "detect"), [(None, routed_families), (elsewhere, all_families)])
def test_routes_do_not_matter_if_connections_go_elsewhere(
    connect_to: Callable[[str, int], tuple[str, int]] | None, detect: Callable[[], list[Family]]
) -> None:
    """With a ``connect_to``, as in a federation on loopback, the addresses are only names."""
    resolver = ServerNameResolver(dns=FakeDns(), policy=AUTO, clock=FakeClock(), connect_to=connect_to)
    assert config_of(resolver).families._detect is detect  # pyright: ignore[reportPrivateUsage] - what it returns depends on the machine


def test_this_machine() -> None:
    assert set(routed_families()) <= set(all_families()) == {"v6", "v4"}
