"""Bugs of other implementations, each as a test of this library.

Where a numbered case covers the bug, it runs again under the bug's name. The others have their own tests below.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from matrix_resolve import AddressPolicy, HttpResponse, open_connection
from tests._support.certificates import client_context
from tests._support.tls_server import respond, tls_server
from tests.spec import test_caching, test_chance, test_connecting, test_steps
from tests.spec.testbed import FALLBACK, Testbed, shown

TRAPS: Mapping[str, tuple[int, ...]] = {
    "a well-known is fetched for a name with a port": (28, 29),
    "_matrix-fed is ignored": (46, 105),
    "SRV is asked at the original name after a delegation": (46, 50),
    "the deprecated SRV name is used although _matrix-fed exists": (48, 107, 118),
    "the deprecated SRV name is used after a failed connection": (131,),
    "an invalid m.server fails the whole resolution, or is used raw": (78, 79, 80, 81, 82, 83, 84),
    "a status other than 200 is accepted": (65, 66, 67, 68),
    "max-age is never read": (144, 145, 150),
    "no-store and max-age=0 mean a request each time": (146, 147),
    "Host lacks the port in steps 2 and 3.1": (28, 39, 41),
    "Host has a port after SRV and in step 6": (46, 47, 49, 104, 105, 106),
    "the port 443 is dropped from Host": (42, 54),
    "the TLS name is the SRV target, or is not verified": (132,),
    "only the first SRV record is used": (109, 119),
    "SRV weights are ignored, reversed, or drawn once": (112, 113, 114),
    'the SRV target "." is a host': (58, 115, 116, 117),
    "an SRV target is an IP address": (122, 124),
    "a failed SRV question means no record, silently": (59, 125, 126),
    "IPv6 literals are split at the first colon": (23, 24, 40, 41),
    "only 301 is followed, or the path is dropped": (92, 93),
    "a relative Location is not followed": (94,),
    "a redirect leads to plain HTTP": (97,),
    "a name without addresses is given up before SRV": (133,),
    "an empty body with status 200": (72,),
    "a fallback after a transient failure is remembered for a day": (153,),
    "a transient failure ends a good delegation": (154, 155),
    "two at once make two requests": (156,),
    "names in upper case, and with a final dot": (16, 34, 45, 83, 136),
    "ports 0 and 65536, and a final newline": (5, 6, 14),
}

_OTHERS: dict[int, Callable[[], Awaitable[None]]] = {**test_caching.CASES, **test_connecting.CASES}


@pytest.mark.parametrize("trap", TRAPS)
async def test_trap(trap: str) -> None:
    for number in TRAPS[trap]:
        if number in test_steps.CASES:
            await test_steps.test_case(number)
        elif number in test_chance.CASES:
            await test_chance.test_case(number)
        else:
            await _OTHERS[number]()


async def test_an_allow_list_for_ipv4_does_not_block_ipv6() -> None:
    assert AddressPolicy(allow=["0.0.0.0/0"]).refusal("2a01:4f8::1") is None


async def test_punycode_stays_as_it_is() -> None:
    testbed = Testbed("xn--bcher-kva.example A 192.0.2.3")
    async with testbed.resolver() as resolver:
        (target,) = (await resolver.resolve("xn--bcher-kva.example")).targets
    assert shown(target) == "192.0.2.3:8448 | xn--bcher-kva.example | dns:xn--bcher-kva.example"


async def test_an_ipv6_target_can_be_dialled() -> None:
    async with tls_server(respond(), "192.0.2.1", "2001:db8::1") as server:
        testbed = Testbed()
        async with testbed.resolver(ssl_context=client_context()) as resolver:
            connection = await open_connection(resolver, "[2001:db8::1]", connect_to=server.connect_to)
            connection.writer.close()
            await connection.writer.wait_closed()
    assert connection.target.host_header == "[2001:db8::1]"
    assert server.seen.tls_names == [None]


async def test_a_body_is_not_read_beyond_the_limit() -> None:
    """A server that sends an endless body is cut off at the size limit, not at the deadline."""
    testbed = Testbed()
    testbed.well_known(HttpResponse(200, (), b" " * 51_201))
    async with testbed.resolver() as resolver:
        resolution = await resolver.resolve("example.org")
    assert [shown(target) for target in resolution.targets] == FALLBACK
    too_large = resolution.warnings[0].reason.find("too-large")
    assert too_large is not None
    assert dict(too_large.facts)["limit"] == 51_200


async def test_a_blocked_user_agent_is_no_decision_of_the_domain() -> None:
    """Status 403 is a transient failure: the request is repeated after two minutes, not after an hour."""
    testbed = Testbed()
    testbed.well_known(HttpResponse(403), HttpResponse(200, (), b'{"m.server":"hs.example.net:443"}'))
    async with testbed.resolver() as resolver:
        assert (await resolver.resolve("example.org")).step == "6"
        testbed.clock.advance(121)
        assert (await resolver.resolve("example.org")).step == "3.2"


async def test_waiters_are_not_held_up_by_another_names_slow_server() -> None:
    """While one resolution waits for its well-known response, another name is resolved."""
    testbed = Testbed()
    testbed.http.gate = asyncio.Event()
    async with testbed.resolver() as resolver:
        stuck = asyncio.create_task(resolver.resolve("example.org"))
        assert (await resolver.resolve("t1.example.com:1")).step == "2"
        testbed.http.gate.set()
        assert (await stuck).step == "6"


async def test_a_circle_of_causes_is_walked_once() -> None:
    """The exceptions of a backend may have each other as causes. The search for a certificate error must end."""
    first, second = OSError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first
    testbed = Testbed()
    testbed.well_known(first)
    async with testbed.resolver() as resolver:
        resolution = await resolver.resolve("example.org")
    assert resolution.step == "6"
    failed = resolution.warnings[0].reason.find("request-failed")
    assert failed is not None
    assert "first" in failed.text("error")
