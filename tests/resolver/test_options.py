"""The options of a resolver."""

import pytest

from matrix_resolve import (
    AddressBlocked,
    AddressPolicy,
    BlockedByPolicy,
    ResolverPolicy,
    ServerName,
    ServerNameResolver,
)
from matrix_resolve.testing import FakeDns
from tests.spec.testbed import DOCUMENTATION_NETWORKS, Testbed, fed_record, well_known


def test_contradictions_are_errors() -> None:
    with pytest.raises(ValueError, match="nameservers"):
        ServerNameResolver(dns=FakeDns(), nameservers=["192.0.2.53"])
    with pytest.raises(ValueError, match="User-Agent"):
        ServerNameResolver(user_agent="a\r\nCookie: b")
    with pytest.raises(ValueError, match="localhost"):
        ServerNameResolver(nameservers=["localhost"])


async def test_well_known_requests_say_who_asks_and_nothing_else() -> None:
    testbed = Testbed()
    async with ServerNameResolver(
        dns=testbed.dns, http=testbed.http, address_policy=AddressPolicy.allow_all(), user_agent="Bridge/1.0"
    ) as resolver:
        await resolver.resolve("example.org")
    assert testbed.http.requests[0].headers == {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "Bridge/1.0",
    }


@pytest.mark.parametrize(
    ("families", "asked", "ips"),
    [
        (("v4",), ["A both.example.com"], ["203.0.113.11"]),
        (("v6",), ["AAAA both.example.com"], ["2001:db8::b"]),
        (("v4", "v6"), ["A both.example.com", "AAAA both.example.com"], ["203.0.113.11", "2001:db8::b"]),
    ],
)
async def test_families(families: tuple[str, ...], asked: list[str], ips: list[str]) -> None:
    """A family that is left out is not queried; the addresses of the first family come first."""
    testbed = Testbed()
    async with testbed.resolver(policy=ResolverPolicy(families=families)) as resolver:  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - from a table
        resolution = await resolver.resolve("both.example.com:1")
    assert [target.ip for target in resolution.targets] == ips
    assert testbed.log == asked


async def test_families_alternate_inside_one_host() -> None:
    testbed = Testbed()
    testbed.dns.aaaa("many.example", "2001:db8::1", "2001:db8::2")
    testbed.dns.a("many.example", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.1")
    async with testbed.resolver() as resolver:
        resolution = await resolver.resolve("many.example:1")
    assert [target.ip for target in resolution.targets] == [
        "2001:db8::1",
        "192.0.2.1",
        "2001:db8::2",
        "192.0.2.2",
        "192.0.2.3",
    ]


class TestLocalhost:
    """Localhost names are resolved without a DNS query and without SRV; then the address policy applies."""

    async def test_is_refused_by_default(self) -> None:
        testbed = Testbed()
        async with testbed.resolver() as resolver:
            for name in ("localhost", "hs.localhost", "localhost:8448"):
                with pytest.raises(AddressBlocked, match=r'AddressPolicy\(allow=\["::1", "127\.0\.0\.1"\]\)'):
                    await resolver.resolve(name)
        assert testbed.log == []

    async def test_can_be_allowed(self) -> None:
        testbed = Testbed()
        async with testbed.resolver(address_policy=AddressPolicy(allow=["127.0.0.0/8", "::1"])) as resolver:
            resolution = await resolver.resolve("localhost")
        assert [target.endpoint for target in resolution.targets] == ["[::1]:8448", "127.0.0.1:8448"]
        assert testbed.log == ["GET https://localhost/.well-known/matrix/server"]


class TestAddressPolicy:
    """Which addresses are refused, and what the messages say."""

    async def test_good_addresses_of_a_name_are_kept(self) -> None:
        testbed = Testbed("mixed.example A 10.0.0.1", "mixed.example A 192.0.2.5")
        async with testbed.resolver() as resolver:
            resolution = await resolver.resolve("mixed.example:1")
        assert [target.ip for target in resolution.targets] == ["192.0.2.5"]
        (warning,) = resolution.warnings
        assert (warning.code, "10.0.0.1 (10.0.0.0/8 private use)" in warning.message) == (
            "address-refused",
            True,
        )

    async def test_names_address_rule_and_remedy(self) -> None:
        testbed = Testbed("private.example A 10.0.0.1")
        async with testbed.resolver() as resolver:
            with pytest.raises(AddressBlocked) as caught:
                await resolver.resolve("private.example:8448")
        assert (caught.value.address, caught.value.rule) == ("10.0.0.1", "10.0.0.0/8 private use")
        assert str(caught.value) == (
            "private.example:8448: step 2: private.example has the address 10.0.0.1, which the address policy refuses"
            ' (10.0.0.0/8 private use); to allow it, use AddressPolicy(allow=["10.0.0.1"])'
        )

    async def test_a_private_srv_target_leaves_the_others(self) -> None:
        testbed = Testbed("private.example A 10.0.0.1", fed_record("example.org", "0 0 1 private.example."))
        testbed.zone(
            fed_record("example.org", "0 0 1 private.example."), fed_record("example.org", "5 0 2 t1.example.com.")
        )
        async with testbed.resolver() as resolver:
            resolution = await resolver.resolve("example.org")
        assert [target.endpoint for target in resolution.targets] == ["203.0.113.1:2"]

    async def test_a_well_known_host_that_is_refused_is_a_failed_request(self) -> None:
        testbed = Testbed(fed_record("private.example", "0 0 1 t1.example.com."), "private.example A 10.0.0.1")
        testbed.well_known("hs.example.net", hostname="private.example")
        async with testbed.resolver() as resolver:
            resolution = await resolver.resolve("private.example")
        assert resolution.step == "4"
        assert testbed.http.requests == []


async def test_onion_is_asked_for_where_the_caller_says_so() -> None:
    testbed = Testbed("x.onion A 192.0.2.9")
    async with testbed.resolver(policy=ResolverPolicy(refused_zones=("i2p",))) as resolver:
        assert (await resolver.resolve("x.onion:1")).targets[0].ip == "192.0.2.9"
        with pytest.raises(BlockedByPolicy) as caught:
            await resolver.resolve("x.i2p")
    assert caught.value.code == "zone-refused"


async def test_a_server_name_object_is_a_server_name() -> None:
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        name = ServerName.parse("example.org")
        assert (await resolver.resolve(name)).server_name is name
        assert (await resolver.resolve("example.org")).server_name == "example.org"


async def test_what_is_no_text_is_refused() -> None:
    async with Testbed().resolver() as resolver:
        for thing in (None, b"example.org", 5):
            with pytest.raises(TypeError, match="a server name must be a str"):
                await resolver.resolve(thing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - what is tested


async def test_limits_on_the_size_of_dns_answers() -> None:
    testbed = Testbed()
    testbed.dns.a("many.example", *(f"192.0.2.{last}" for last in range(100)))
    testbed.dns.srv(
        "_matrix-fed._tcp.example.org", *(f"{number} 0 {number + 1} t1.example.com" for number in range(300))
    )
    async with testbed.resolver() as resolver:
        many = await resolver.resolve("many.example:1")
        srv = await resolver.resolve("example.org")
    assert (len(many.targets), many.warnings[0].code) == (64, "too-many-addresses")
    assert len(srv.targets) == 64
    assert [warning.code for warning in srv.warnings] == ["srv-records-cut", "targets-cut"]
    assert dict(srv.warnings[0].reason.facts)["count"] == 300
    assert resolver.stats().cut == {"too-many-addresses": 1, "srv-records-cut": 1, "targets-cut": 1}


async def test_documentation_networks_are_refused_by_default() -> None:
    async with ServerNameResolver(dns=FakeDns()) as resolver:
        for network in DOCUMENTATION_NETWORKS[:3]:
            with pytest.raises(AddressBlocked):
                await resolver.resolve(network.replace("0/24", "1"))
    assert well_known("x")
