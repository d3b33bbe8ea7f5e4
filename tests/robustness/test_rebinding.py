"""DNS rebinding: a name server changes its answer between check and use.

No connection is ever made to the second address. Addresses are recorded where connections are made.
"""

import asyncio
from collections.abc import Callable

import dns.message
import dns.rrset
import pytest

from matrix_resolve import AddressBlocked, AddressPolicy
from matrix_resolve.testing import FakeClock, LoopbackFederation, Reply
from tests._support.federation_clients import CLIENTS, NOT_REACHED, why

FIRST, SECOND = "198.51.100.1", "10.0.0.1"
WELL_KNOWN = "/.well-known/matrix/server"


class TurningName:
    """A name whose first answer is a good address and whose later answers are an internal one, all with a TTL of 0."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.asked = 0

    def __call__(self, query: dns.message.Message) -> bytes:
        self.asked += 1
        ip = FIRST if self.asked == 1 else SECOND
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text(f"{self._name}.", 0, "IN", "A", ip))
        return reply.to_wire()


def _turn(federation: LoopbackFederation, name: str) -> TurningName:
    turning = TurningName(name)
    federation.zone.a(name)  # the name exists, and has no AAAA record
    federation.zone.reply(name, "A", turning)
    return turning


def _server_name(federation: LoopbackFederation) -> TurningName:
    federation.server(FIRST, names=["a.example"])
    return _turn(federation, "a.example")


def _delegated_name(federation: LoopbackFederation) -> TurningName:
    federation.well_known("a.example", "hs.example")
    federation.server(FIRST, names=["hs.example"])
    return _turn(federation, "hs.example")


def _srv_target(federation: LoopbackFederation) -> TurningName:
    federation.server("a.example", port=443, addresses=["198.51.100.9"])
    federation.srv("a.example", "node.example", 8448)
    federation.server(FIRST, names=["a.example"])
    return _turn(federation, "node.example")


LEGS: dict[str, Callable[[LoopbackFederation], TurningName]] = {
    "server name": _server_name,
    "delegated name": _delegated_name,
    "SRV target": _srv_target,
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("leg", LEGS)
async def test_the_second_answer_is_never_connected_to(leg: str, client: str) -> None:
    """Requests go to the checked address until it expires; then the new address is looked up, checked and refused."""
    dialled = list[str]()
    clock = FakeClock()
    async with LoopbackFederation() as federation:
        turning = LEGS[leg](federation)

        def connect_to(ip: str, port: int) -> tuple[str, int]:
            dialled.append(ip)
            return federation.connect_to(ip, port)

        policy = AddressPolicy(allow=["198.51.100.0/24", "2001:db8::/32"])
        async with federation.resolver(address_policy=policy, connect_to=connect_to, clock=clock) as resolver:
            for _ in range(3):
                async with CLIENTS[client](resolver) as ask:
                    assert (await ask("a.example")).status == 200
            assert turning.asked == 1
            clock.advance(86_400)
            async with CLIENTS[client](resolver) as ask:
                with pytest.raises(NOT_REACHED) as caught:
                    await ask("a.example")
        assert isinstance(why(caught.value), AddressBlocked)
    assert turning.asked > 1
    assert SECOND not in dialled


@pytest.mark.parametrize("through", ["itself", "a redirect"])
async def test_the_host_of_a_well_known_turns(through: str) -> None:
    """Many callers resolve at once, so that the second answer comes while requests are in progress."""
    dialled = list[str]()
    async with LoopbackFederation() as federation:
        host = "a.example" if through == "itself" else "b.example"
        federation.server(FIRST, port=443, names=[host]).reply(WELL_KNOWN, Reply.json({"m.server": "hs.example"}))
        federation.server("hs.example", addresses=["198.51.100.9"])
        if through == "a redirect":
            location = {"Location": f"https://b.example{WELL_KNOWN}"}
            federation.server("a.example", port=443).reply(WELL_KNOWN, Reply(status=302, headers=location))
        _turn(federation, host)

        def connect_to(ip: str, port: int) -> tuple[str, int]:
            dialled.append(ip)
            return federation.connect_to(ip, port)

        policy = AddressPolicy(allow=["198.51.100.0/24", "2001:db8::/32"])
        async with federation.resolver(address_policy=policy, connect_to=connect_to) as resolver:
            first = await asyncio.gather(*(resolver.resolve("a.example") for _ in range(20)))
            assert {one.delegated for one in first} == {"hs.example"}
            again = await resolver.resolve("a.example", refresh=True)
            assert again.delegated == "hs.example", (
                "a refused host is a failed request and must keep the valid delegation"
            )
    assert FIRST in dialled
    assert SECOND not in dialled
