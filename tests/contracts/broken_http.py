"""HTTP backends that each send a wrong request or use a wrong connection, and the checks that must fail."""

import asyncio
import os
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from matrix_resolve import HttpResponse

from .third_party_backends import SmallHttp

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NoTimeout(SmallHttp):
    async def get(self, url: str, *, timeout: float, **rest: Any) -> HttpResponse:  # noqa: ASYNC109 - part of the contract
        del timeout
        return await self.fetch(urlsplit(url), rest["addresses"], rest["headers"], rest["max_bytes"])


class TimeoutForEachRead(NoTimeout):
    async def body(self, reader: asyncio.StreamReader, headers: Mapping[str, str], most: int) -> bytes:
        body = b""
        while len(body) < min(int(headers["content-length"]), most):
            body += await asyncio.wait_for(reader.read(most), 0.5)
        return body


class OneResponseForAll(SmallHttp):
    async def response(self, reader: asyncio.StreamReader, max_bytes: int) -> HttpResponse:
        self.last = await super().response(reader, max_bytes)
        await asyncio.sleep(0.1)
        return self.last


class EndsOthers(SmallHttp):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context)
        self.tasks: set[asyncio.Task[HttpResponse]] = set()

    async def response(self, reader: asyncio.StreamReader, max_bytes: int) -> HttpResponse:
        task = asyncio.ensure_future(super().response(reader, max_bytes))
        self.tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            for other in self.tasks:
                other.cancel()
            raise


class OneAtATime(SmallHttp):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context)
        self.lock = asyncio.Lock()

    async def response(self, reader: asyncio.StreamReader, max_bytes: int) -> HttpResponse:
        await self.lock.acquire()
        response = await super().response(reader, max_bytes)
        self.lock.release()
        return response


class HostWithoutPort(SmallHttp):
    def request(self, url: SplitResult, headers: Mapping[str, str]) -> bytes:
        return super().request(url, headers).replace(f"Host: {url.netloc}".encode(), f"Host: {url.hostname}".encode())


class HeadsOff(SmallHttp):
    def request(self, url: SplitResult, headers: Mapping[str, str]) -> bytes:
        return super().request(url, headers).replace(b"GET", b"HEAD")


class NoTlsName(SmallHttp):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context)
        context.check_hostname = False

    def tls_name(self, url: SplitResult) -> str:
        del url
        return ""


class TlsNameOfThePin(SmallHttp):
    async def connect_to(self, url: SplitResult, address: str) -> Streams:
        return await super().connect_to(url._replace(netloc=f"{address}:{url.port}"), address)


class QuotesThePath(SmallHttp):
    def request(self, url: SplitResult, headers: Mapping[str, str]) -> bytes:
        return super().request(url._replace(path=quote(url.path)), headers)


class SendsTheFragment(SmallHttp):
    def request(self, url: SplitResult, headers: Mapping[str, str]) -> bytes:
        fragment = f"#{url.fragment}" if url.fragment else ""
        return super().request(url._replace(path=url.path + fragment), headers)


class HeadersOfItsOwn(SmallHttp):
    def request(self, url: SplitResult, headers: Mapping[str, str]) -> bytes:
        return super().request(url, {"User-Agent": "small", "accept-encoding": "gzip", **headers})


class Cookies(SmallHttp):
    async def fetch(
        self, url: SplitResult, addresses: Sequence[str], headers: Mapping[str, str], max_bytes: int
    ) -> HttpResponse:
        return await super().fetch(url, addresses, {**headers, "Cookie": "a=b"}, max_bytes)


class TriesAgain(SmallHttp):
    async def fetch(
        self, url: SplitResult, addresses: Sequence[str], headers: Mapping[str, str], max_bytes: int
    ) -> HttpResponse:
        try:
            return await super().fetch(url, addresses, headers, max_bytes)
        except (ValueError, EOFError):
            return await super().fetch(url, addresses[::-1], headers, max_bytes)


class LooksUpTheHost(SmallHttp):
    async def connect_to(self, url: SplitResult, address: str) -> Streams:
        del address
        return await super().connect_to(url, url.hostname or "")


class KeepsConnections(SmallHttp):
    """Keeps one connection for each key. In this class, the key is only the port."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context)
        self.open: dict[object, Streams] = {}

    def key(self, url: SplitResult, address: str) -> object:
        del address
        return url.port

    async def connect_to(self, url: SplitResult, address: str) -> Streams:
        key = self.key(url, address)
        if key not in self.open:
            self.open[key] = await super().connect_to(url, address)
        return self.open[key]

    async def fetch(
        self, url: SplitResult, addresses: Sequence[str], headers: Mapping[str, str], max_bytes: int
    ) -> HttpResponse:
        reader, writer = await self.connect(url, addresses)
        writer.write(self.request(url, headers).replace(b"Connection: close\r\n", b""))
        return await self.response(reader, max_bytes)

    async def aclose(self) -> None:
        for _, writer in self.open.values():
            writer.transport.abort()
        await asyncio.sleep(0)


class KeepsConnectionsByName(KeepsConnections):
    def key(self, url: SplitResult, address: str) -> object:
        del address
        return url.netloc


class KeepsConnectionsByAddress(KeepsConnections):
    def key(self, url: SplitResult, address: str) -> object:
        return address, url.port


class FirstAddressOnly(SmallHttp):
    async def connect(self, url: SplitResult, addresses: Sequence[str]) -> Streams:
        return await super().connect(url, addresses[:1])


class GoesHome(SmallHttp):
    async def connect(self, url: SplitResult, addresses: Sequence[str]) -> Streams:
        return await super().connect(url, [*addresses, "127.0.0.1"])


class ThroughTheProxy(SmallHttp):
    async def connect_to(self, url: SplitResult, address: str) -> Streams:
        if "https_proxy" in os.environ:
            proxy = urlsplit(os.environ["https_proxy"])
            url, address = url._replace(netloc=proxy.netloc), proxy.hostname or ""
        return await super().connect_to(url, address)


class BelievesAllCertificates(SmallHttp):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE


class Blocks(SmallHttp):
    async def get(self, url: str, **rest: Any) -> HttpResponse:
        with ThreadPoolExecutor() as pool:
            return pool.submit(asyncio.run, super().get(url, **rest)).result()


_NAMES = {f"host-and-tls-name-of-{what}" for what in ("a-hostname", "capitals", "a-wildcard", "an-ipv4", "an-ipv6")}
_WRONG_NAMES = {
    f"certificate-of-{what}"
    for what in (
        *("another-name", "a-wildcard-above", "the-pinned-address", "another-ipv4", "the-pinned-ipv4"),
        *("a-name-for-an-ipv4", "another-ipv6"),
    )
}
_BAD = {f"certificate-of-{what}" for what in ("an-expired-one", "a-self-signed-one", "an-unknown-issuer")}
_TIMEOUTS = {"silence-raises", "the-timeout-is-for-everything", "the-timeout-is-for-the-handshake"}
BROKEN: list[tuple[Callable[[ssl.SSLContext], SmallHttp], set[str]]] = [
    (NoTimeout, _TIMEOUTS),
    (TimeoutForEachRead, {"the-timeout-is-for-everything"}),
    (OneResponseForAll, {"many-at-once"}),
    (EndsOthers, {"cancelling-leaves-others"}),
    (OneAtATime, {"usable-after-failures"}),
    (HostWithoutPort, _NAMES),
    (HeadsOff, _NAMES),
    (NoTlsName, {"host-and-tls-name-of-a-hostname", *_WRONG_NAMES}),
    (TlsNameOfThePin, {"certificate-of-the-pinned-address", "certificate-of-the-pinned-ipv4", *_NAMES}),
    (QuotesThePath, {"path-as-written"}),
    (SendsTheFragment, {"path-as-written"}),
    (HeadersOfItsOwn, {"given-headers-are-sent"}),
    (Cookies, {"no-cookies-or-credentials"}),
    (TriesAgain, {"exactly-one-request"}),
    (LooksUpTheHost, {"only-pinned-addresses"}),
    (KeepsConnections, {"one-connection-one-tls-name", "pins-of-each-request"}),
    (KeepsConnectionsByName, {"pins-of-each-request"}),
    (KeepsConnectionsByAddress, {"one-connection-one-tls-name"}),
    (FirstAddressOnly, {"the-next-address"}),
    (GoesHome, {"no-address-answers"}),
    (ThroughTheProxy, {"no-proxy-of-the-environment"}),
    (BelievesAllCertificates, _WRONG_NAMES | _BAD),
    (Blocks, {"does-not-block-the-event-loop"}),
]
