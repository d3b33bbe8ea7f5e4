"""The dnspython backend over TLS and HTTPS."""

import asyncio
import os
import ssl
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import dns.flags
import dns.message
import pytest
import uvloop

from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.testing.loopback.zone import Zone
from tests._support.certificates import client_context, own_server_context
from tests._support.encrypted_dns import MEDIA_TYPE, over_https, over_tls
from tests._support.waiting import settle

from .helpers_dnspython import FOUND, RIGHT, filled, forged, zone_with

SPELLINGS = ["tls-address", "tls-name", "https-address", "https-name"]


@asynccontextmanager
async def served(
    zone: Zone, spelling: str, *names: str, kind: str = "right", name: str = "dns.example"
) -> AsyncGenerator[str]:
    """Serve *zone*, and yield the name server in this spelling.

    The certificate is for *names*; if there are none, it is for everything that is needed.
    """
    context = own_server_context(*(names or (name, "127.0.0.1")), kind=kind)
    if spelling.startswith("tls"):
        async with over_tls(zone, context) as address:
            yield f"{address}#{name}" if spelling == "tls-name" else address
    else:
        async with over_https(zone, context) as server:
            host, bootstrap = (name, "#127.0.0.1") if spelling == "https-name" else ("127.0.0.1", "")
            yield f"https://{host}:{server.port}/dns-query{bootstrap}"


def backend_of(*nameservers: str, timeout: float = 10.0, retry_interval: float = 5.0) -> DnspythonBackend:
    return DnspythonBackend(
        nameservers, timeout=timeout, retry_interval=retry_interval, make_ssl_context=client_context
    )


def in_certificate(spelling: str) -> str:
    return "dns.example" if spelling.endswith("name") else "127.0.0.1"


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_answer(spelling: str) -> None:
    zone = zone_with()
    async with served(zone, spelling, in_certificate(spelling)) as nameserver:
        assert await backend_of(nameserver).lookup("a.example", "A") == FOUND
        assert (await backend_of(nameserver).lookup("b.example", "A")).records == ()
    assert zone.asked == ["A a.example", "A b.example"]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("names", "kind"),
    [
        pytest.param(("other.example", "127.0.0.2"), "right", id="for-others"),
        pytest.param((), "expired", id="expired"),
        pytest.param((), "self-signed", id="unknown-authority"),
    ],
)
async def test_a_wrong_certificate_is_an_error(spelling: str, names: tuple[str, ...], kind: str) -> None:
    zone = zone_with()
    async with served(zone, spelling, *names, kind=kind) as nameserver:
        with pytest.raises(NameServerError, match="certificate of the name server is not valid"):
            await backend_of(nameserver).lookup("a.example", "A")
    assert zone.asked == []


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_the_name_does_not_stand_for_the_address_nor_the_address_for_the_name(spelling: str) -> None:
    other = in_certificate("address" if spelling.endswith("name") else "name")
    async with served(zone_with(), spelling, other) as nameserver:
        with pytest.raises(NameServerError, match="mismatch"):
            await backend_of(nameserver).lookup("a.example", "A")


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_authorities_are_those_of_the_library_unless_told_otherwise(spelling: str) -> None:
    async with served(zone_with(), spelling) as nameserver:
        with pytest.raises(NameServerError, match="certificate"):
            await DnspythonBackend([nameserver]).lookup("a.example", "A")


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_failure(spelling: str) -> None:
    async with served(zone_with("SERVFAIL"), spelling) as nameserver:
        with pytest.raises(NameServerError, match=r"responds with SERVFAIL$"):
            await backend_of(nameserver).lookup("a.example", "A")


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_silence_is_a_timeout_error(spelling: str) -> None:
    async with served(zone_with("silence", times=99), spelling) as nameserver:
        with pytest.raises(TimeoutError, match="no answer"):
            await backend_of(nameserver, timeout=0.3).lookup("a.example", "A")


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_nobody_there_and_then_the_next(spelling: str) -> None:
    async with served(zone_with(), spelling) as gone:
        pass
    with pytest.raises(NameServerError, match="cannot be reached"):
        await backend_of(gone).lookup("a.example", "A")
    async with served(zone_with(), spelling) as there:
        assert await backend_of(gone, there).lookup("a.example", "A") == FOUND


def wrong_question(query: dns.message.Message) -> bytes:
    return forged(RIGHT)(dns.message.make_query("other.example.", "A", id=query.id))


def cut_short(query: dns.message.Message) -> bytes:
    return forged(RIGHT)(query)[:-3]


def truncated(query: dns.message.Message) -> bytes:
    reply = filled(dns.message.make_response(query), [RIGHT], [], "NOERROR")
    reply.flags |= dns.flags.TC
    return reply.to_wire()


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [(wrong_question, "belongs to another query"), (cut_short, "cannot be parsed"), (truncated, "is truncated")],
)
async def test_a_reply_that_is_none(
    spelling: str, wrong: Callable[[dns.message.Message], bytes], sentence: str
) -> None:
    zone = Zone()
    zone.reply("a.example", "A", wrong)
    async with served(zone, spelling) as nameserver:
        with pytest.raises(NameServerError, match=sentence):
            await backend_of(nameserver).lookup("a.example", "A")


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        pytest.param(404, None, "HTTP status 404", id="404"),
        pytest.param(503, b"\x1b[31m", "HTTP status 503$", id="503"),
        pytest.param(200, b"<html>", "cannot be parsed", id="html"),
        pytest.param(200, b"", "cannot be parsed", id="empty"),
        pytest.param(200, bytes(65536), "longer than a DNS message", id="long"),
    ],
)
async def test_an_http_answer_that_is_no_dns(status: int, body: bytes | None, sentence: str) -> None:
    async with over_https(zone_with(), own_server_context("127.0.0.1")) as server:
        server.status, server.body = status, body
        with pytest.raises(NameServerError, match=sentence):
            await backend_of(f"https://127.0.0.1:{server.port}/dns-query").lookup("a.example", "A")


async def test_what_is_sent_over_https() -> None:
    async with over_https(zone_with(), own_server_context("dns.example")) as server:
        await backend_of(f"https://dns.example:{server.port}/dns-query#127.0.0.1").lookup("a.example", "A")
    assert server.headers == [
        {
            "host": f"dns.example:{server.port}",
            "accept": MEDIA_TYPE,
            "content-type": MEDIA_TYPE,
            "content-length": "128",
        }
    ]


@pytest.mark.parametrize("spelling", ["tls-address", "https-address"])
async def test_an_encrypted_question_does_not_tell_the_length_of_its_name(spelling: str) -> None:
    """RFC 8467, section 4.1. RFC 8484, section 4.1, wants the ID 0."""
    lengths: list[int] = []

    def tamper(query: dns.message.Message) -> bytes:
        lengths.append(len(query.to_wire()))
        assert spelling == "tls-address" or query.id == 0
        return dns.message.make_response(query).to_wire()

    zone = Zone()
    async with served(zone, spelling) as nameserver:
        for name in ("a.example", "a-longer-name.example"):
            zone.reply(name, "A", tamper)
            await backend_of(nameserver).lookup(name, "A")
    assert lengths == [128, 128]


async def test_contexts_are_made_off_the_event_loop_one_for_each_kind() -> None:
    threads: list[int] = []

    def make() -> ssl.SSLContext:
        threads.append(threading.get_ident())
        return client_context()

    async with served(zone_with(), "tls-name") as first, served(zone_with(), "https-name") as second:
        for nameserver in (first, second):
            backend = DnspythonBackend([nameserver], make_ssl_context=make)
            await asyncio.gather(*(backend.lookup("a.example", "A") for _ in range(5)))
        both = DnspythonBackend([first, second, first], make_ssl_context=make)
        await both.lookup("a.example", "A")
    assert len(threads) == 3
    assert threading.get_ident() not in threads


async def test_a_context_that_cannot_be_made_is_an_error() -> None:
    def make() -> ssl.SSLContext:
        return ssl.create_default_context(cafile="/nowhere/authority.pem")

    with pytest.raises(NameServerError, match=r"TLS context .*no such file"):
        await DnspythonBackend(["tls://127.0.0.1"], make_ssl_context=make).lookup("a.example", "A")


async def until_gone(reader: asyncio.StreamReader) -> None:
    while await reader.read(1000):
        pass


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_question_cancelled_in_the_handshake_closes_its_socket(spelling: str) -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(5)  # of the TLS ClientHello
        came.set()
        await until_gone(reader)
        writer.close()
        gone.set()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    scheme, name = ("tls", "") if spelling.startswith("tls") else ("https", "/dns-query")
    task = asyncio.create_task(backend_of(f"{scheme}://127.0.0.1:{port}{name}").lookup("a.example", "A"))
    await came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone.wait()
    server.close()


async def test_a_server_that_says_no_goodbye_does_not_hold_the_socket() -> None:
    """Without a limit, asyncio would wait for half a minute for the end of TLS."""

    async def stop_listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(2)
        cast("asyncio.ReadTransport", writer.transport).pause_reading()
        heard.set_result(writer)

    context = own_server_context("127.0.0.1")
    context.set_alpn_protocols(["dot"])

    heard = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(stop_listening, "127.0.0.1", 0, ssl=context)
    before = len(os.listdir("/proc/self/fd"))
    port = server.sockets[0].getsockname()[1]
    task = asyncio.create_task(backend_of(f"tls://127.0.0.1:{port}").lookup("a.example", "A"))
    writer = await heard
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "dot"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settle()
    assert len(os.listdir("/proc/self/fd")) == before + 1  # the server's end of the connection
    writer.transport.abort()
    server.close()


Runner = Callable[[Any], None]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_cancelled_anywhere_nothing_is_left(spelling: str, run: Runner, recwarn: pytest.WarningsRecorder) -> None:
    """A socket that was not closed would cause a warning when it is garbage-collected."""

    async def cancel_everywhere() -> None:
        async with served(zone_with(), spelling) as nameserver:
            backend = backend_of(nameserver)
            await backend.lookup("a.example", "A")
            before = asyncio.all_tasks()
            for turns in range(0, 60, 3):
                task = asyncio.create_task(backend.lookup("a.example", "A"))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert not {
                    one for one in asyncio.all_tasks() - before if "lookup" in repr(one) or "attempt" in repr(one)
                }
            assert await backend.lookup("a.example", "A") == FOUND

    descriptors = set(os.listdir("/proc/self/fd"))
    run(cancel_everywhere())
    assert set(os.listdir("/proc/self/fd")) == descriptors
    assert [str(warning.message) for warning in recwarn if warning.category is ResourceWarning] == []
