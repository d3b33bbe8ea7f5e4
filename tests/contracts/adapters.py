"""Adapters that make a fake the testbed of a contract suite."""

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from matrix_resolve import DnsBackend, HttpBackend, HttpResponse, RecordType
from matrix_resolve.testing import FakeDns, FakeHttp, Reply
from matrix_resolve.testing.contracts.calls import Calls
from matrix_resolve.testing.contracts.dns_testbed import Failure, RecordedDns
from matrix_resolve.testing.contracts.http_testbed import RecordedHttp


def _open_later(gate: asyncio.Event | None, seconds: float) -> asyncio.Event:
    """Let a fake wait for some seconds."""
    gate = gate or asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, gate.set)
    return gate


class DnsOnFake:
    """The testbed of the DNS checks, which configures a `FakeDns`."""

    def __init__(self, fake: FakeDns) -> None:
        self._fake = fake
        self.a = fake.a
        self.aaaa = fake.aaaa
        self.srv = fake.srv
        self.cname = fake.cname

    @property
    def asked(self) -> list[str]:
        return [f"{record_type} {name}" for name, record_type in self._fake.asked]

    def fail(self, name: str, record_type: RecordType, how: Failure = "SERVFAIL") -> None:
        self._fake.fail(name, record_type, TimeoutError() if how == "silence" else None)

    def delay(self, name: str, record_type: RecordType, seconds: float) -> None:
        del name, record_type
        self._fake.gate = _open_later(self._fake.gate, seconds)


@asynccontextmanager
async def open_fake_dns(calls: Calls) -> AsyncGenerator[tuple[DnsOnFake, DnsBackend]]:
    fake = FakeDns()
    yield DnsOnFake(fake), RecordedDns(fake, calls)


class HttpOnFake:
    """The testbed of the HTTP checks, which configures a `FakeHttp`."""

    def __init__(self, fake: FakeHttp) -> None:
        self._fake = fake

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self._fake.requests]

    def reply(self, path: str, reply: Reply) -> str:
        url = f"https://a.example{path}"
        if math.isinf(reply.delay):
            self._fake.serve(url, TimeoutError())
        elif reply.cut_after is not None:
            self._fake.serve(url, ConnectionError("cut"))
        else:
            self._fake.serve(url, HttpResponse(reply.status, reply.headers, reply.body))
        if 0 < reply.delay < math.inf:
            self._fake.gate = _open_later(self._fake.gate, reply.delay)
        return url


@asynccontextmanager
async def open_fake_http(calls: Calls) -> AsyncGenerator[tuple[HttpOnFake, HttpBackend]]:
    fake = FakeHttp()
    yield HttpOnFake(fake), RecordedHttp(fake, calls)
