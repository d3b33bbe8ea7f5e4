"""Every special-purpose network and every embedding, in every place where a resolution can meet an address.

Such an address never becomes a target and is never contacted. The first and the last address of each network are tried.

Source: the IANA IPv4 and IPv6 special-purpose address registries.
"""

from collections.abc import Callable
from ipaddress import ip_network

import attrs
import pytest

from matrix_resolve import AddressBlocked, DelegateTo, HttpResponse, Override, ServerNameResolver
from matrix_resolve.testing import FakeDns, FakeHttp
from matrix_resolve.testing.http import well_known_url
from tests.unit.test_address_policy import NOT_GLOBAL, embeddings

GOOD = "45.76.2.10"
FIRST = well_known_url("a.example")
REFUSED = sorted(
    {
        *(str(address) for network in NOT_GLOBAL for address in (ip_network(network)[0], ip_network(network)[-1])),
        *(text for inner in ("127.0.0.1", "10.0.0.1", "169.254.169.254") for text in embeddings(inner).values()),
        "::127.0.0.1",
        "64:ff9b:1::7f00:1",
    }
)


@attrs.define
class Testbed:
    """Fake backends, and a method that adds hosts to them."""

    __test__ = False  # for pytest

    dns: FakeDns = attrs.Factory(FakeDns)
    http: FakeHttp = attrs.Factory(FakeHttp)

    def host(self, name: str, *ips: str) -> None:
        self.dns.a(name, *(ip for ip in ips if ":" not in ip))
        self.dns.aaaa(name, *(ip for ip in ips if ":" in ip))

    def resolver(self, **overrides: Override) -> ServerNameResolver:
        return ServerNameResolver(
            dns=self.dns, http=self.http, overrides={name.replace("_", "."): value for name, value in overrides.items()}
        )


def _literal(ip: str) -> str:
    return f"[{ip}]" if ":" in ip else ip


def _server_name_literal(_: Testbed, ip: str) -> str:
    return f"{_literal(ip)}:8448"


def _delegated_literal(testbed: Testbed, ip: str) -> str:
    testbed.host("a.example", GOOD)
    testbed.http.well_known("a.example", _literal(ip))
    return "a.example"


def _address_of_the_server_name(testbed: Testbed, ip: str) -> str:
    testbed.host("a.example", ip)
    return "a.example:8448"


def _address_of_the_delegated_name(testbed: Testbed, ip: str) -> str:
    testbed.host("a.example", GOOD)
    testbed.http.well_known("a.example", "hs.example:443")
    testbed.host("hs.example", ip)
    return "a.example"


def _address_of_an_srv_target(testbed: Testbed, ip: str) -> str:
    testbed.host("a.example", GOOD)
    testbed.dns.srv("_matrix-fed._tcp.a.example", "10 0 8448 hs.example.")
    testbed.host("hs.example", ip)
    return "a.example"


TARGETS: dict[str, Callable[[Testbed, str], str]] = {
    "server name literal": _server_name_literal,
    "m.server literal": _delegated_literal,
    "address of the server name": _address_of_the_server_name,
    "address of the delegated name": _address_of_the_delegated_name,
    "address of an SRV target": _address_of_an_srv_target,
}


@pytest.mark.parametrize("ip", REFUSED)
@pytest.mark.parametrize("leg", TARGETS)
async def test_a_target_is_refused_and_the_error_says_which_and_why(leg: str, ip: str) -> None:
    testbed = Testbed()
    name = TARGETS[leg](testbed, ip)
    async with testbed.resolver() as resolver:
        with pytest.raises(AddressBlocked) as caught:
            await resolver.resolve(name)
    assert (caught.value.code, bool(caught.value.rule)) == ("address-blocked", True)
    assert f'AddressPolicy(allow=["{caught.value.address}"])' in str(caught.value)
    assert {address for request in testbed.http.requests for address in request.addresses} <= {GOOD}


def _well_known_host(testbed: Testbed, ip: str) -> list[str]:
    testbed.host("a.example", ip)
    testbed.http.well_known("a.example", "evil.example:443")
    return []


def _redirect_to_a_name(testbed: Testbed, ip: str) -> list[str]:
    testbed.host("a.example", GOOD)
    testbed.http.serve(FIRST, HttpResponse(302, (("Location", "https://b.example/x"),)))
    testbed.host("b.example", ip)
    return [FIRST]


def _redirect_to_a_literal(testbed: Testbed, ip: str) -> list[str]:
    testbed.host("a.example", GOOD)
    testbed.http.serve(FIRST, HttpResponse(302, (("Location", f"https://{_literal(ip)}/x"),)))
    return [FIRST]


REQUESTS: dict[str, Callable[[Testbed, str], list[str]]] = {
    "address of the well-known host": _well_known_host,
    "redirect to a name": _redirect_to_a_name,
    "redirect to a literal": _redirect_to_a_literal,
}


@pytest.mark.parametrize("ip", REFUSED)
@pytest.mark.parametrize("leg", REQUESTS)
async def test_no_request_goes_there_and_discovery_goes_on(leg: str, ip: str) -> None:
    testbed = Testbed()
    urls = REQUESTS[leg](testbed, ip)
    for name in ("evil.example", "hs.example"):
        testbed.host(name, GOOD)
    testbed.dns.srv("_matrix-fed._tcp.a.example", "10 0 8448 hs.example.")
    async with testbed.resolver() as resolver:
        resolution = await resolver.resolve("a.example")
    assert (resolution.step, [target.ip for target in resolution.targets]) == ("4", [GOOD])
    assert [request.url for request in testbed.http.requests] == urls
    assert {address for request in testbed.http.requests for address in request.addresses} <= {GOOD}
    assert "address policy" in str(resolution.to_dict()), "the trace does not mention the refusal"


@pytest.mark.parametrize("ip", REFUSED)
async def test_one_good_address_is_kept_and_the_other_told(ip: str) -> None:
    testbed = Testbed()
    testbed.host("a.example", GOOD, ip)
    async with testbed.resolver() as resolver:
        resolution = await resolver.resolve("a.example:8448")
    assert [target.ip for target in resolution.targets] == [GOOD]
    (warning,) = resolution.warnings
    assert warning.code == "address-refused"
    assert all(request.addresses == (GOOD,) for request in testbed.http.requests)


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "::1", "fd00::1"])
async def test_overrides_are_not_judged(ip: str) -> None:
    """An override is the operator's own decision, so the address policy does not apply to it."""
    testbed = Testbed()
    async with testbed.resolver(a_example=(ip, 8448), b_example=DelegateTo(f"{_literal(ip)}:1")) as resolver:
        assert [one.ip for one in (await resolver.resolve("a.example")).targets] == [ip]
        assert [one.port for one in (await resolver.resolve("b.example")).targets] == [1]
