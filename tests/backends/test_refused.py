"""Backends whose servers refuse connections: traces, errors, log lines and checks show the cause in words, without numbers."""

import asyncio
import errno
import socket

import pytest

from matrix_resolve import LookupFailed, RecordType, ServerNameResolver
from matrix_resolve.backends.dns import DnsAnswer, DnsBackend
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.check import check_server
from matrix_resolve.cli.resolution_text import as_json, as_line, as_text
from matrix_resolve.resolve_many import Unresolved
from matrix_resolve.testing import FakeCache, FakeClock, FakeDns, FakeHttp


def _closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class _ConnectingDns:
    """A DNS backend that connects with asyncio, and lets its errors through."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        del name, record_type, refresh
        await asyncio.open_connection("127.0.0.1", _closed_port())
        raise AssertionError("the port is not closed")

    async def aclose(self) -> None: ...


class _SeveralErrors(_ConnectingDns):
    """The same, with the message that asyncio makes from the errors of several addresses."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        try:
            return await super().lookup(name, record_type, refresh=refresh)
        except OSError as error:
            raise OSError(f"Multiple exceptions: {error}, {error}") from error


def _dns(kind: str) -> DnsBackend:
    if kind == "dnspython":
        return DnspythonBackend([f"127.0.0.1:{_closed_port()}"])
    if kind == "dnspython over TLS":
        return DnspythonBackend([f"tls://127.0.0.1:{_closed_port()}"])
    return _ConnectingDns() if kind == "third party" else _SeveralErrors()


_KINDS = ["dnspython", "dnspython over TLS", "third party", "third party, several addresses"]


def _assert_in_words(*texts: str) -> None:
    for text in texts:
        assert "connection refused" in text
        assert "Errno" not in text
        assert "Connect call failed" not in text
        assert "Multiple exceptions" not in text


@pytest.mark.parametrize("kind", _KINDS)
async def test_an_error_of_the_dns_is_shown_in_words(kind: str) -> None:
    async with ServerNameResolver(dns=_dns(kind), http=FakeHttp()) as resolver:
        with pytest.raises(LookupFailed) as caught:
            await resolver.resolve("a.example:8448")
    outcome = Unresolved("a.example:8448", caught.value)
    _assert_in_words(str(caught.value), as_json(outcome), as_line(outcome), "\n".join(as_text(outcome)))
    _assert_in_words(*map(str, caught.value.trace))


@pytest.mark.parametrize("kind", _KINDS)
async def test_an_error_of_the_dns_is_shown_in_words_by_a_check(kind: str) -> None:
    async with ServerNameResolver(dns=_dns(kind), http=FakeHttp()) as resolver:
        report = await check_server(resolver, "a.example:8448")
    _assert_in_words(*(reply.failure for reply in report.evidence.dns), str(report), str(report.to_dict()))


async def test_the_log_line_of_a_cache_has_no_number(caplog: pytest.LogCaptureFixture) -> None:
    cache, dns = FakeCache(FakeClock()), FakeDns()
    dns.a("a.example", "9.9.9.9")
    with pytest.raises(ConnectionRefusedError) as refused:
        await asyncio.open_connection("127.0.0.1", _closed_port())
    cache.error = RuntimeError(f"Error Multiple exceptions: {refused.value}, {refused.value} connecting to the cache")
    async with ServerNameResolver(dns=dns, http=FakeHttp(), cache=cache) as resolver:
        await resolver.resolve("a.example")
    _assert_in_words(*(record.getMessage() for record in caplog.records))
    assert len(caplog.records) == 1


async def test_a_check_shows_a_machine_without_descriptors_without_a_number() -> None:
    dns, http = FakeDns(), FakeHttp()
    dns.a("a.example", "9.9.9.9")
    http.serve("https://a.example/.well-known/matrix/server", OSError(errno.EMFILE, "Too many open files"))

    def refuse(*_: object) -> tuple[str, int]:
        raise OSError(errno.EMFILE, "Too many open files")

    async with ServerNameResolver(dns=dns, http=http, connect_to=refuse) as resolver:
        report = await check_server(resolver, "a.example")
    assert "too many open files" in str(report.to_dict()).lower()
    assert "Errno" not in str(report.to_dict())
