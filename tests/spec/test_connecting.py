"""Cases 131 and 132: targets that cannot be used, over real TLS."""

from contextlib import AsyncExitStack

import pytest

from matrix_resolve import ServerNameResolver, open_connection
from tests._support.certificates import client_context
from tests._support.tls_server import respond, tls_server

from .testbed import Testbed, addresses, fed, fed_record, old_record, well_known

NOBODY = ("127.0.0.1", 1)


def _resolver(testbed: Testbed) -> ServerNameResolver:
    return testbed.resolver(ssl_context=client_context())


async def _case_131() -> None:
    """A refused connection is an error: neither the deprecated SRV name nor port 8448 is tried."""
    testbed = Testbed(
        fed_record("example.org", "0 0 1 t1.example.com."), old_record("example.org", "0 0 2 t2.example.com.")
    )
    dialled: list[tuple[str, int]] = []

    def connect_to(ip: str, port: int) -> tuple[str, int]:
        dialled.append((ip, port))
        return NOBODY

    async with _resolver(testbed) as resolver:
        with pytest.raises(ConnectionError, match=r"203\.0\.113\.1:1") as caught:
            await open_connection(resolver, "example.org", connect_to=connect_to)
    assert isinstance(caught.value.__cause__, ExceptionGroup)
    assert dialled == [("203.0.113.1", 1)]
    assert sorted(testbed.log) == sorted([*well_known("example.org"), fed("example.org"), *addresses("t1.example.com")])


async def _case_132() -> None:
    """A certificate for only the SRV target's name is refused, and the next target is tried."""
    testbed = Testbed(
        fed_record("example.org", "0 0 1 t1.example.com."), "_matrix-fed._tcp.example.org SRV 10 0 2 t2.example.com."
    )
    async with AsyncExitStack() as stack:
        wrong = await stack.enter_async_context(tls_server(respond(), "t1.example.com"))
        right = await stack.enter_async_context(tls_server(respond(), "example.org"))
        servers = {("203.0.113.1", 1): wrong, ("203.0.113.2", 2): right}
        resolver = await stack.enter_async_context(_resolver(testbed))
        connection = await open_connection(
            resolver, "example.org", connect_to=lambda ip, port: servers[ip, port].connect_to(ip, port)
        )
        connection.writer.close()
        assert connection.target.endpoint == "203.0.113.2:2"
        assert connection.target.host_header == "example.org"
        assert (wrong.seen.tls_names, right.seen.tls_names) == (["example.org"], ["example.org"])
        assert wrong.seen.requests == []
        again = await resolver.resolve("example.org")
        assert [target.priority for target in again.targets] == [0, 10]


CASES = {131: _case_131, 132: _case_132}


@pytest.mark.parametrize("number", [pytest.param(number, id=str(number)) for number in CASES])
async def test_case(number: int) -> None:
    await CASES[number]()
