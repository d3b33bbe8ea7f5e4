"""Routes: targets with several TLS names, the limit of tried targets, the error, and uvloop."""

import asyncio
import gc
import math
import pickle

import pytest
import uvloop

from matrix_resolve import ConnectFailed, ConnectionTarget, Resolution, ServerName, Step, open_connection
from matrix_resolve._connect.errors import describe_failure
from matrix_resolve._connect.routes import MAX_TARGETS, Route
from matrix_resolve.testing import LoopbackFederation
from tests._support.federation_clients import CLIENTS, NOT_REACHED, why

from .reporting import ReportingResolver, servers

TARGET = ConnectionTarget("192.0.2.1", 8448, "a.example", "a.example")
EVERY_CLIENT = pytest.mark.parametrize("client", CLIENTS)


class _OtherTargets(ReportingResolver):
    """A resolver that returns targets with several Host headers and TLS names, as a program's own subclass may."""

    async def resolve(self, server_name: str, *, refresh: bool = False) -> Resolution:  # noqa: ARG002 - as in the class above
        targets = (
            ConnectionTarget("198.51.100.1", 8448, "one.example", "one.example"),
            ConnectionTarget("198.51.100.2", 8448, "host.example:1", "two.example"),
        )
        return Resolution(ServerName(server_name), Step.OVERRIDE, None, targets, math.inf)


@EVERY_CLIENT
async def test_each_target_gets_its_own_host_and_tls_name(client: str) -> None:
    async with LoopbackFederation() as federation:
        federation.server("198.51.100.1", names=["one.example"]).stop()
        federation.server("198.51.100.2", names=["two.example"])
        async with _OtherTargets(federation) as resolver, CLIENTS[client](resolver) as ask:
            assert (await ask("a.example")).status == 200
        (request,) = federation.seen.requests
    assert (request.ip, request.host, request.tls_name) == ("198.51.100.2", "host.example:1", "two.example")


async def test_no_more_than_some_targets_are_tried() -> None:
    """A domain can point to thousands of addresses that do not belong to it."""
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        for server in servers(federation, "a.example", *range(MAX_TARGETS + 5)):
            server.stop()
        with pytest.raises(ConnectFailed) as caught:
            await open_connection(resolver, "a.example")
    assert (len(caught.value.failures), len(resolver.reported)) == (MAX_TARGETS, MAX_TARGETS)


async def test_the_error_can_be_pickled_and_says_the_same() -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        servers(federation, "a.example", 0)[0].stop()
        with pytest.raises(ConnectFailed) as caught:
            await open_connection(resolver, "a.example")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - the pickle is our own
    assert (str(again), again.server_name, again.failures[0].code) == (str(caught.value), "a.example", "refused")
    assert isinstance(caught.value.__cause__, ExceptionGroup)


def test_a_name_for_the_pool_stands_for_one_host_and_one_tls_name() -> None:
    pairs = [
        ("a", "b"),
        ("b", "a"),
        ("a|b", ""),
        ("a", "|b"),
        ("A", "b"),
        ("a:443", "b"),
        ("[2001:db8::1]", "2001:db8::1"),
    ]
    names = [Route(host, tls_name, (TARGET,)).pool_host for host, tls_name in pairs]
    assert len(set(names)) == len(pairs)
    assert all(name.endswith(".invalid") for name in names)


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (TimeoutError(), "timeout", "no answer in time"),
        (ConnectionResetError(104, "x"), "reset", "closed during the TLS handshake"),
        (OSError(113, "x"), "network", "no route to host"),
        (OSError("\x1b[31mred\n"), "network", r"\\x1b\[31mred\\n"),
        (OSError(), "network", "OSError"),
    ],
)
def test_failures_in_words(error: OSError, code: str, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(describe_failure(error, TARGET).message)
    assert describe_failure(error, TARGET).code == code


@EVERY_CLIENT
def test_under_uvloop(client: str) -> None:
    """A silent target does not delay the next one, a dead name raises an error, and no socket is left open."""

    async def ask_both() -> None:
        async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
            servers(federation, "a.example", 0, 0)[0].stop("hang")
            federation.server("b.example", certificate="expired")
            async with CLIENTS[client](resolver) as ask:
                assert (await ask("a.example")).status == 200
                with pytest.raises(NOT_REACHED) as caught:
                    await ask("b.example")
                assert {failure.code for failure in why(caught.value).failures} == {"certificate-time"}

    with asyncio.Runner(loop_factory=uvloop.new_event_loop, debug=True) as runner:
        runner.run(ask_both())
    gc.collect()
