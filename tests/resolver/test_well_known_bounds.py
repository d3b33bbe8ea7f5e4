"""How many addresses and connections one request for a well-known document may use, including its redirects."""

import attrs
import pytest

from matrix_resolve import AddressPolicy, HttpResponse, ServerNameResolver
from matrix_resolve.testing import FakeDns, FakeHttp
from matrix_resolve.testing.http import well_known_url

HOPS = 11
"""Ten redirects, and their destination."""


def crowded_chain(connections: int) -> tuple[FakeDns, FakeHttp]:
    """Return a chain of redirects whose hosts have 60 addresses of each family.

    Each response takes the given number of connections.
    """
    dns, http = FakeDns(), FakeHttp()
    for hop in range(HOPS):
        host = "a.example" if hop == 0 else f"hop{hop}.example"
        dns.a(host, *(f"9.9.{hop}.{number}" for number in range(60)))
        dns.aaaa(host, *(f"2600:{hop:x}::{number:x}" for number in range(1, 61)))
        url = well_known_url("a.example") if hop == 0 else f"https://{host}/x"
        location = (("Location", f"https://hop{hop + 1}.example/x"),)
        body = b'{"m.server": "hs.example:443"}'
        last = HttpResponse(200, (), body, connections=connections)
        http.serve(url, last if hop == HOPS - 1 else HttpResponse(302, location, connections=connections))
    dns.a("hs.example", "9.9.100.1")
    return dns, http


async def test_eight_addresses_of_a_hop_are_tried_families_alternating() -> None:
    dns, http = crowded_chain(1)
    async with ServerNameResolver(dns=dns, http=http, address_policy=AddressPolicy()) as resolver:
        assert (await resolver.resolve("a.example")).step == "3.2"
        assert resolver.stats().cut == {"well-known-addresses-cut": HOPS}
    assert [len(request.addresses) for request in http.requests] == [8] * HOPS
    assert [":" in ip for ip in http.requests[0].addresses] == [True, False] * 4


@pytest.mark.parametrize(
    ("connections", "offered"),
    [(7, [8, 8, 6]), (8, [8, 8, 4]), (10, [8, 8]), (3, [8, 8, 8, 8, 8, 5, 2])],
)
async def test_twenty_connections_are_made_over_all_hops(connections: int, offered: list[int]) -> None:
    dns, http = crowded_chain(connections)
    async with ServerNameResolver(dns=dns, http=http, address_policy=AddressPolicy()) as resolver:
        resolution = await resolver.resolve("a.example")
        assert resolver.stats().cut["well-known-connections-cut"] == 1
    assert [len(request.addresses) for request in http.requests] == offered
    assert resolution.step == "6"
    (warning,) = [each for each in resolution.warnings if each.code == "well-known-invalid"]
    assert warning.reason.find("too-many-connections") is not None
    assert [record.reason for record in resolution.trace if record.reason is not None] == [warning.reason]


def test_a_response_of_another_backend_counts_as_one_connection() -> None:
    assert attrs.asdict(HttpResponse(200))["connections"] == 1
