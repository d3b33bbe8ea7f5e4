"""The testbed of the HTTP checks: HTTPS servers on loopback, and a backend whose calls are recorded."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Protocol

from ...backends.http import HttpBackend, HttpResponse
from ..loopback.certificates import Authority, CertificateKind
from ..loopback.loop_thread import LoopThread
from ..loopback.replies import Answer, Reply
from ..loopback.seen import SeenRequest
from ..loopback.web_server import WebServer
from .calls import Calls
from .expectations import UnexpectedError, show
from .flood import Flood, Pieces
from .report import BackendFactoryResult, Check, opened

_ATTEMPTS = 20
_SLACK = 3.0  # seconds by which a request may take longer than its timeout
_NOT_FOUND = Reply(status=404)
HOME = "127.0.0.1"
NEIGHBOUR = "127.0.0.2"


class HttpTestbed(Protocol):
    """A server whose replies can be set. `HttpsTestbed` and fakes implement this protocol."""

    @property
    def urls(self) -> Sequence[str]:
        """The URLs that were requested."""
        ...

    def reply(self, path: str, reply: Reply) -> str:
        """Set the reply for *path*, and return the URL to request."""
        ...


class Site:
    """An HTTPS server on one address and port.

    Attributes:
        address: The address.
        port: The port.
        handshakes: The TLS name of each handshake that was started, or None if the client sent none.
        requests: The requests that the server received.
    """

    def __init__(self, context: SSLContext, address: str, port: int) -> None:
        self.handshakes: list[str | None] = []
        self.requests: list[SeenRequest] = []
        self._context = context
        self._answers: dict[str, Answer] = {}
        self.server: WebServer = WebServer(
            address, port, choose_context=self._choose_context, answer=self._answer, listen_on=(address, port)
        )
        self.address: str = self.server.place[0]
        self.port: int = self.server.place[1]

    def reply(self, path: str, answer: Answer) -> None:
        """Set the reply for *path*."""
        self._answers[path] = answer

    def url(self, host: str, path: str = "/x") -> str:
        """Return the URL of *path* at *host*, with the port of this server. *host* does not have to resolve to it."""
        return f"https://{host}:{self.port}{path}"

    def _choose_context(self, name: str | None) -> SSLContext:
        self.handshakes.append(name)
        return self._context

    def _answer(self, request: SeenRequest) -> Reply:
        self.requests.append(request)
        answer = self._answers.get(request.path, _NOT_FOUND)
        return answer if isinstance(answer, Reply) else answer(request)


class HttpsTestbed:
    """HTTPS servers in a thread of their own, so that they respond even while a backend blocks the event loop.

    Attributes:
        context: A client context that trusts only the authority of this testbed.
        home: The first server, for ``a.example`` and ``b.example``.

    Args:
        limit: Seconds that one call of the backend may take.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._floods: list[Flood] = []
        self._authority = Authority()
        self._thread = LoopThread()
        self._sites: list[Site] = []
        self.context: SSLContext = self._authority.client_context()

    async def start(self) -> None:
        """Start the first server."""
        self.home: Site = await self.site("a.example", "b.example")

    @property
    def urls(self) -> list[str]:
        """The URLs that were requested from all servers."""
        return [request.url for site in self._sites for request in site.requests]

    def reply(self, path: str, reply: Reply) -> str:
        """Set the reply of the first server for *path*, and return the URL to request."""
        self.home.reply(path, reply)
        return self.home.url("a.example", path)

    async def site(self, *names: str, kind: CertificateKind = "right", address: str = HOME, port: int = 0) -> Site:
        """Start a server with a certificate for *names*.

        Raises:
            OSError: If the port is taken.
        """
        site = Site(self._authority.server_context(*names, kind=kind), address, port)
        self._sites.append(site)
        await asyncio.wrap_future(self._thread.start(site.server.start))
        return site

    async def neighbours(self, *names: str) -> tuple[Site, Site]:
        """Start two servers on one port of 127.0.0.1 and 127.0.0.2.

        Raises:
            OSError: If no port is free on both addresses.
        """
        for attempt in range(_ATTEMPTS):
            first = await self.site(*names)
            try:
                return first, await self.site(*names, address=NEIGHBOUR, port=first.port)
            except OSError:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError

    def flood(self, pieces: Pieces, *, longer_than: float) -> Flood:
        """Start a server for ``a.example`` that sends for longer than a request with the timeout *longer_than* takes."""
        seconds = min(self._limit, longer_than + _SLACK) + _SLACK / 6
        self._floods.append(Flood(self._authority.server_context("a.example"), pieces, seconds=seconds))
        return self._floods[-1]

    async def aclose(self) -> None:
        """Stop all servers."""
        for flood in self._floods:
            await asyncio.to_thread(flood.close)
        for site in self._sites:
            await asyncio.wrap_future(self._thread.start(site.server.aclose))
        self._thread.stop()


HttpCheck = Check[HttpTestbed, HttpBackend]
HttpsCheck = Check[HttpsTestbed, HttpBackend]


class RecordedHttp:
    """Records the calls of an HTTP backend, and checks the types of its responses."""

    def __init__(self, backend: HttpBackend, calls: Calls) -> None:
        self._backend = backend
        self._calls = calls

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - the signature of the contract
    ) -> HttpResponse:
        """Call the backend as the library does."""

        def work() -> Awaitable[HttpResponse]:
            return self._backend.get(url, addresses=addresses, headers=headers, max_bytes=max_bytes, timeout=timeout)

        text = f"get({url!r}, {addresses=}, {headers=}, {max_bytes=}, {timeout=})"
        response = await self._calls.run(text, work, limit=timeout + _SLACK)
        wrong = _wrong_type(response)
        if wrong:
            raise UnexpectedError(show(response), wrong)
        return response


def _wrong_type(response: object) -> str:
    if not isinstance(response, HttpResponse):
        return "a matrix_resolve.HttpResponse"
    status, headers, body, truncated = map(type, (response.status, response.headers, response.body, response.truncated))
    if not issubclass(status, int):
        return "a status that is an int"
    if headers is not tuple or any(list(map(type, pair)) != [str, str] for pair in response.headers):
        return "headers that are a tuple of pairs of str"
    if body is not bytes:
        return "a body of bytes"
    return "" if truncated is bool else "truncated as True or False"


async def ask(
    http: HttpBackend,
    url: str,
    *,
    addresses: Sequence[str] = (HOME,),
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 1000,
    timeout: float = 5.0,  # noqa: ASYNC109 - the signature of the contract
) -> HttpResponse:
    """Make a request; the defaults suit most checks."""
    return await http.get(url, addresses=addresses, headers=headers or {}, max_bytes=max_bytes, timeout=timeout)


@asynccontextmanager
async def open_servers(
    make: Callable[[SSLContext], BackendFactoryResult[HttpBackend]], calls: Calls
) -> AsyncGenerator[tuple[HttpsTestbed, HttpBackend]]:
    """Start the servers, and create a backend that trusts them."""
    testbed = HttpsTestbed(calls.limit)
    try:
        await testbed.start()
        async with opened(make, testbed.context, methods=("get",), calls=calls) as backend:
            yield testbed, RecordedHttp(backend, calls)
    finally:
        await testbed.aclose()
