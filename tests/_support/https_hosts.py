"""HTTPS servers for many hosts on real ports: the certificate follows the TLS name, the answer follows Host and path."""

import asyncio
import ssl
from collections.abc import Mapping

import attrs

from matrix_resolve import HttpResponse

from .certificates import own_server_context, server_context
from .listeners import Listeners
from .tls_server import hang

Answer = HttpResponse | Exception


@attrs.define
class HttpsHosts:
    """Servers on some addresses.

    Attributes:
        answers: What each URL is answered with; 404 for all others.
        requests: The URLs asked for, by Host and path.
        tls_names: The TLS name of each handshake, None where there was none.
    """

    answers: Mapping[str, Answer]
    requests: list[str] = attrs.Factory(list[str])
    tls_names: list[str | None] = attrs.Factory(list["str | None"])
    _listeners: Listeners = attrs.Factory(Listeners)

    async def listen(self, address: str, port: int) -> None:
        context = own_server_context(address)
        context.sni_callback = self._choose_certificate
        await self._listeners.listen((address, port), self._answer, context)

    async def aclose(self) -> None:
        await self._listeners.aclose()

    def _choose_certificate(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        self.tls_names.append(name)
        if name is not None:
            bad = any(isinstance(answer, ssl.SSLError) for url, answer in self.answers.items() if f"//{name}/" in url)
            connection.context = server_context(name, kind="self-signed" if bad else "right")

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        host = next(line.split(": ", 1)[1] for line in head if line.lower().startswith("host: "))
        url = f"https://{host}{path}"
        self.requests.append(url)
        answer = self.answers.get(url, HttpResponse(404))
        if isinstance(answer, TimeoutError):
            await hang(reader, writer)
        elif isinstance(answer, Exception):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        else:
            headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
            length = "" if answer.status in {204, 304} else f"Content-Length: {len(answer.body)}\r\n"
            writer.write(f"HTTP/1.1 {answer.status} Reason\r\n{headers}{length}\r\n".encode("latin-1") + answer.body)
