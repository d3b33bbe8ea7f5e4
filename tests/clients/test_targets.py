"""For each client: which targets are tried and reported as failed when some are dead, and the error."""

import asyncio
import gc
from collections.abc import Callable, Mapping

import attrs
import pytest

from matrix_resolve import ConnectFailed, open_connection
from matrix_resolve.testing import LoopbackFederation, LoopbackServer, Reply
from matrix_resolve.testing.loopback.unreachable_ports import StopMode
from tests._support.federation_clients import CLIENTS, NOT_REACHED, why

from .reporting import ReportingResolver, servers

FIRST, SECOND, THIRD = "203.0.113.1:1001", "203.0.113.2:1002", "203.0.113.3:1003"
EVERY_CLIENT = pytest.mark.parametrize("client", CLIENTS)


def _stop(how: StopMode) -> Callable[[LoopbackServer], None]:
    return lambda server: server.stop(how)


STOPS: dict[str, Callable[[LoopbackServer], None]] = {
    "refuses": _stop("refuse"),
    "silent in TLS": _stop("hang"),
    "silent in TCP": _stop("drop"),
    "a certificate for another name": lambda server: server.present(server.names, "wrong-name"),
    "an expired certificate": lambda server: server.present(server.names, "expired"),
}


@attrs.frozen(kw_only=True)
class Row:
    """The SRV priorities of the targets, which targets are dead, and which one must receive the request."""

    priorities: tuple[int, ...]
    dead: tuple[int, ...]
    arrives: str
    reported: tuple[str, ...]


ROWS = {
    "the first is alive": Row(priorities=(0, 0), dead=(1,), arrives=FIRST, reported=()),
    "of one priority": Row(priorities=(0, 0), dead=(0,), arrives=SECOND, reported=(FIRST,)),
    "of two priorities": Row(priorities=(0, 10), dead=(0,), arrives=SECOND, reported=(FIRST,)),
    "two of three": Row(priorities=(0, 0, 10), dead=(0, 1), arrives=THIRD, reported=(FIRST, SECOND)),
}


@EVERY_CLIENT
@pytest.mark.parametrize("how", STOPS)
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_one_call_reaches_a_living_target_and_reports_each_dead_one_once(row: Row, how: str, client: str) -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        nodes = servers(federation, "a.example", *row.priorities)
        for index in row.dead:
            STOPS[how](nodes[index])
        async with CLIENTS[client](resolver) as ask:
            assert (await ask("a.example")).status == 200
            (request,) = federation.seen.requests
            assert f"{request.ip}:{request.port}" == row.arrives
            assert sorted(resolver.reported) == list(row.reported)


SENTENCES: Mapping[str, tuple[str, str]] = {
    "refuses": (
        "refused",
        r"203\.0\.113\.1:1001: connection refused; no program listens on this port, or a firewall rejects the connection",
    ),
    "a certificate for another name": (
        "certificate-name",
        r"the certificate is not valid for a\.example; an SRV record changes only the address and port, so node1\.a\.example must present a certificate for a\.example; or delegate a\.example to node1\.a\.example with https://a\.example/\.well-known/matrix/server",
    ),
    "an expired certificate": ("certificate-time", r"the certificate for a\.example has expired; renew it"),
}


@EVERY_CLIENT
@pytest.mark.parametrize("how", SENTENCES)
async def test_the_error_says_what_to_change(how: str, client: str) -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        STOPS[how](servers(federation, "a.example", 0)[0])
        code, sentence = SENTENCES[how]
        async with CLIENTS[client](resolver) as ask:
            with pytest.raises(NOT_REACHED, match=sentence) as caught:
                await ask("a.example")
        assert [failure.code for failure in why(caught.value).failures] == [code]
        assert (resolver.reported, federation.seen.requests) == ([FIRST], [])


@EVERY_CLIENT
async def test_a_certificate_for_the_srv_target_alone_is_refused(client: str) -> None:
    """A common mistake of operators: the SRV target has a certificate only for its own hostname."""
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        federation.server("node.example", port=8443)
        federation.srv("a.example", "node.example", 8443)
        async with CLIENTS[client](resolver) as ask:
            with pytest.raises(NOT_REACHED) as caught:
                await ask("a.example")
        assert {failure.code for failure in why(caught.value).failures} == {"certificate-name"}
        assert federation.seen.requests == []


@EVERY_CLIENT
@pytest.mark.parametrize(
    "reply", [Reply(raw=b""), Reply(body=b"half an answer", cut_after=4)], ids=["no answer", "half an answer"]
)
async def test_no_other_target_gets_a_request_that_was_sent(reply: Reply, client: str) -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        first, second = servers(federation, "a.example", 0, 10)
        first.reply("/send", reply)
        async with CLIENTS[client](resolver) as ask:
            with pytest.raises(Exception) as caught:  # noqa: PT011 - each client raises a different exception
                await ask("a.example", "/send", method="POST", body=b"{}")
        assert not isinstance(caught.value, NOT_REACHED)
        assert (len(first.requests), second.requests, resolver.reported) == (1, [], [])


@EVERY_CLIENT
async def test_a_name_that_moved_is_resolved_anew_once(client: str) -> None:
    """All targets of a cached resolution are dead, and the well-known document now names another server."""
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        old, new = federation.server("old.example"), federation.server("new.example")
        federation.well_known("a.example", "old.example")
        async with CLIENTS[client](resolver) as ask:
            assert (await ask("a.example")).status == 200
        old.stop()
        federation.well_known("a.example", "new.example")
        async with CLIENTS[client](resolver) as ask:
            assert (await ask("a.example")).status == 200
            assert (len(old.requests), len(new.requests)) == (1, 1)
            assert len(resolver.reported) == len(old.addresses)
        new.stop()
        federation.seen.clear()
        async with CLIENTS[client](resolver) as ask:
            with pytest.raises(NOT_REACHED):
                await ask("a.example")
        assert federation.seen.urls == [], "at most once per 30 s"


async def test_the_next_connection_begins_with_the_target_that_worked() -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        servers(federation, "a.example", 0, 0)[0].stop("hang")
        for _ in range(2):
            connection = await open_connection(resolver, "a.example")
            connection.writer.transport.abort()
            assert connection.target.endpoint == SECOND
        assert resolver.reported == [FIRST]


@EVERY_CLIENT
async def test_cancelling_leaves_nothing_behind(client: str) -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        for server in servers(federation, "a.example", 0, 0, 10):
            server.stop("hang")
        await resolver.resolve("a.example")
        async with CLIENTS[client](resolver) as ask:
            before = asyncio.all_tasks()
            request = asyncio.create_task(ask("a.example"))
            while len(asyncio.all_tasks() - before) < 3:
                await asyncio.sleep(0.01)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            assert asyncio.all_tasks() == before
        assert resolver.reported == []
    gc.collect()  # an open socket causes a ResourceWarning here, which pytest turns into an error


async def test_what_was_just_looked_up_is_not_asked_for_again() -> None:
    async with LoopbackFederation() as federation, ReportingResolver(federation) as resolver:
        federation.well_known("a.example", "dead.example")
        federation.server("dead.example").stop()
        with pytest.raises(ConnectFailed) as caught:
            await open_connection(resolver, "a.example")
        assert {failure.code for failure in caught.value.failures} == {"refused"}
        assert len(federation.seen.urls) == 1
        assert len(resolver.reported) == 2
