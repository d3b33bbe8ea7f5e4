"""Overrides: the targets, Host headers and TLS names that they lead to, and the lookups made and not made."""

from collections.abc import Mapping, Sequence

import attrs
import pytest

from matrix_resolve import (
    DelegateTo,
    Override,
    ResolveError,
    ResolverPolicy,
    Step,
    UseAddresses,
)
from tests.spec.testbed import (
    FALLBACK_LOOKUPS,
    Testbed,
    addresses,
    check_lookups,
    fed,
    fed_record,
    hs,
    old,
    shown,
    well_known,
)

from .overriding import PRIVATE, HostOverrides, overriding

USE_ADDRESSES: dict[str, tuple[str, Override, list[str]]] = {
    "an address and a port": ("example.org", (PRIVATE, 443), [f"{PRIVATE}:443 | example.org | dns:example.org"]),
    "port 8448 by default": ("example.org", UseAddresses(PRIVATE), [f"{PRIVATE}:8448 | example.org | dns:example.org"]),
    "several addresses, in order, each once": (
        "example.org",
        UseAddresses("2001:DB8:0::1", "10.0.0.6", "2001:db8::1", PRIVATE, port=1),
        [
            "[2001:db8::1]:1 | example.org | dns:example.org",
            "10.0.0.6:1 | example.org | dns:example.org",
            f"{PRIVATE}:1 | example.org | dns:example.org",
        ],
    ),
    "the spelling of the name": ("Example.ORG", (PRIVATE, 1), [f"{PRIVATE}:1 | Example.ORG | dns:example.org"]),
    "a name with a port": (
        "example.org:443",
        UseAddresses(PRIVATE),
        [f"{PRIVATE}:443 | example.org:443 | dns:example.org"],
    ),
    "a name with a port, at another one": (
        "example.org:443",
        UseAddresses(PRIVATE, port=8449),
        [f"{PRIVATE}:8449 | example.org:443 | dns:example.org"],
    ),
    "a name that is an address": ("192.0.2.1", (PRIVATE, 1), [f"{PRIVATE}:1 | 192.0.2.1 | dns:192.0.2.1"]),
    "a name that is never queried": ("x.onion", (PRIVATE, 1), [f"{PRIVATE}:1 | x.onion | dns:x.onion"]),
}


@pytest.mark.parametrize(("name", "override", "targets"), USE_ADDRESSES.values(), ids=USE_ADDRESSES)
async def test_use_addresses_keeps_host_and_certificate_and_looks_nothing_up(
    name: str, override: Override, targets: list[str]
) -> None:
    testbed = Testbed()
    testbed.well_known("hs.example.net:443", hostname="example.org")
    async with overriding(testbed, {name.lower(): override}) as resolver:
        for _ in range(2):
            resolution = await resolver.resolve(name)
            assert [shown(target) for target in resolution.targets] == targets
            assert (resolution.step, resolution.delegated, resolution.server_name) == (Step.OVERRIDE, None, name)
    assert testbed.log == []


DELEGATE_TO: dict[str, tuple[str, list[str], list[str]]] = {
    "an address": (f"{PRIVATE}:443", [f"{PRIVATE}:443 | {PRIVATE}:443 | ip:{PRIVATE}"], []),
    "a name with a port": ("hs.example.net:443", hs(443, "hs.example.net:443"), addresses("hs.example.net")),
    "a name": (
        "hs.example.net",
        hs(8448, "hs.example.net"),
        [fed("hs.example.net"), old("hs.example.net"), *addresses("hs.example.net")],
    ),
    "a name with SRV records": (
        "srv.example",
        ["203.0.113.1:7 | srv.example | dns:srv.example"],
        [fed("srv.example"), *addresses("t1.example.com")],
    ),
}


@pytest.mark.parametrize(("name", "targets", "asked"), DELEGATE_TO.values(), ids=DELEGATE_TO)
async def test_delegate_to_is_used_as_if_a_well_known_document_had_said_it(
    name: str, targets: list[str], asked: list[str]
) -> None:
    """The address policy does not apply to it; it would refuse the documentation addresses."""
    testbed = Testbed(fed_record("srv.example", "0 0 7 t1.example.com."))
    async with overriding(testbed, {"example.org": DelegateTo(name)}) as resolver:
        resolution = await resolver.resolve("example.org")
    assert [shown(target) for target in resolution.targets] == targets
    assert (resolution.step, resolution.delegated) == (Step.OVERRIDE, name)
    check_lookups(testbed.log, asked)


@attrs.frozen(kw_only=True)
class HostRow:
    """A name with an override of a host on its way: the targets, and exactly the lookups that are made."""

    hosts: HostOverrides
    name: str = "example.org"
    overrides: Mapping[str, Override] = attrs.Factory(dict[str, Override])
    zone: Sequence[str] = ()
    delegated: str | None = None
    targets: Sequence[str]
    step: str
    asked: Sequence[str]
    policy: ResolverPolicy | None = None


_GET = "GET https://example.org/.well-known/matrix/server"
HOST_ROWS = {
    "the well-known host": HostRow(
        hosts={"example.org": PRIVATE},
        delegated=f"{PRIVATE}:443",
        targets=[],
        step="address-blocked",  # the document comes from the network, and an IP address is not a host of the overrides
        asked=[_GET],
    ),
    "the host of step 6": HostRow(
        hosts={"EXAMPLE.org": PRIVATE},
        targets=[f"{PRIVATE}:8448 | example.org | dns:example.org"],
        step="6",
        asked=[_GET, fed("example.org"), old("example.org")],
    ),
    "the host of a name with a port": HostRow(
        hosts={"example.org": ("10.0.0.6", PRIVATE)},
        name="example.org:5",
        targets=["10.0.0.6:5 | example.org:5 | dns:example.org", f"{PRIVATE}:5 | example.org:5 | dns:example.org"],
        step="2",
        asked=[],
    ),
    "a delegated name with a port": HostRow(
        hosts={"example.org": PRIVATE, "hs.lan": [PRIVATE]},
        delegated="hs.lan:443",
        targets=[f"{PRIVATE}:443 | hs.lan:443 | dns:hs.lan"],
        step="3.2",
        asked=[_GET],
    ),
    "a delegated name": HostRow(
        hosts={"example.org": PRIVATE, "hs.lan": [PRIVATE]},
        delegated="hs.lan",
        targets=[f"{PRIVATE}:8448 | hs.lan | dns:hs.lan"],
        step="3.5",
        asked=[_GET, fed("hs.lan"), old("hs.lan")],
    ),
    "one of two SRV targets, also if it is a CNAME": HostRow(
        hosts={"example.org": PRIVATE, "ct.example.com": PRIVATE},
        zone=[fed_record("example.org", "0 0 7 ct.example.com."), fed_record("example.org", "1 0 8 t1.example.com.")],
        targets=[f"{PRIVATE}:7 | example.org | dns:example.org"],
        step="4",
        asked=[_GET, fed("example.org"), *addresses("t1.example.com")],
        policy=ResolverPolicy(srv_cname="skip"),
    ),
    "the name of DelegateTo": HostRow(
        hosts={"hs.lan": PRIVATE},
        overrides={"example.org": DelegateTo("hs.lan:443")},
        targets=[f"{PRIVATE}:443 | hs.lan:443 | dns:hs.lan"],
        step="override",
        asked=[],
    ),
    "a name for this machine": HostRow(
        hosts={"localhost": PRIVATE},
        name="localhost:1",
        targets=[f"{PRIVATE}:1 | localhost:1 | dns:localhost"],
        step="2",
        asked=[],
    ),
    "a host in a refused zone": HostRow(
        hosts={"x.onion": PRIVATE},
        name="x.onion:1",
        targets=[f"{PRIVATE}:1 | x.onion:1 | dns:x.onion"],
        step="2",
        asked=[],
    ),
    "another host": HostRow(
        hosts={"other.example": PRIVATE},
        targets=[],
        step="address-blocked",
        asked=[*addresses("example.org"), fed("example.org"), old("example.org")],
    ),
}


@pytest.mark.parametrize("row", HOST_ROWS.values(), ids=HOST_ROWS)
async def test_host_overrides_replace_only_the_addresses(row: HostRow) -> None:
    """Ports, Host headers and TLS names stay, and the address policy still applies to all other addresses."""
    testbed = Testbed(*row.zone)
    if row.delegated is not None:
        testbed.well_known(row.delegated)
    async with overriding(testbed, row.overrides, row.hosts, policy=row.policy) as resolver:
        try:
            resolution = await resolver.resolve(row.name)
        except ResolveError as error:
            assert (error.code, row.targets) == (row.step, [])
        else:
            assert [shown(target) for target in resolution.targets] == row.targets
            assert resolution.step == row.step
    check_lookups(testbed.log, row.asked)


async def test_a_well_known_document_is_requested_at_the_addresses_of_the_override() -> None:
    testbed = Testbed()
    testbed.well_known("192.0.2.1:1")
    async with overriding(testbed, None, {"example.org": ["fd00::5", PRIVATE]}) as resolver:
        with pytest.raises(ResolveError):
            await resolver.resolve("example.org")
    assert [request.addresses for request in testbed.http.requests] == [("fd00::5", PRIVATE)]


async def test_the_well_known_lookups_are_made_without_overrides() -> None:
    """The rows above would also pass if no lookup were ever made."""
    testbed = Testbed()
    async with testbed.resolver() as resolver:
        await resolver.resolve("example.org")
    check_lookups(testbed.log, FALLBACK_LOOKUPS)
    assert set(well_known("example.org")) <= set(testbed.log)
