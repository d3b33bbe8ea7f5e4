"""DNS name servers over TLS and HTTPS: test servers, which can misbehave, and unbound as a real one."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import attrs
from aiohttp import web

from matrix_resolve.testing import Zone
from matrix_resolve.testing.loopback.name_server import NameServer

from .certificates import authority

UNBOUND = shutil.which("unbound", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
MEDIA_TYPE = "application/dns-message"


@asynccontextmanager
async def over_tls(zone: Zone, context: ssl.SSLContext) -> AsyncGenerator[str]:
    """Answer from *zone* over TLS during the block, and yield the address as ``"tls://127.0.0.1:port"``."""
    name_server = NameServer(zone, "")
    server = await asyncio.start_server(name_server.answer_stream, "127.0.0.1", 0, ssl=context)
    try:
        yield f"tls://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await name_server.aclose()
        await asyncio.sleep(0)


@attrs.define
class HttpsNameServer:
    """A running name server on HTTPS.

    Attributes:
        port: The port on which it listens.
        headers: The headers of each request, with names in lower case.
        status: The status of its responses.
        body: The body of its responses, in place of the zone's answer.
    """

    port: int = 0
    headers: list[dict[str, str]] = attrs.Factory(list["dict[str, str]"])
    status: int = 200
    body: bytes | None = None


@asynccontextmanager
async def over_https(
    zone: Zone, context: ssl.SSLContext, address: str = "127.0.0.1"
) -> AsyncGenerator[HttpsNameServer]:
    """Answer from *zone* at ``/dns-query`` during the block, over HTTP/1.1."""
    server = HttpsNameServer()

    async def handle(request: web.Request) -> web.Response:
        server.headers.append({"host": request.host, **{key.lower(): value for key, value in request.headers.items()}})
        reply, _ = zone.answer(await request.read(), over_tcp=True)
        if reply is None:
            await asyncio.Event().wait()
        return web.Response(
            body=reply if server.body is None else server.body, status=server.status, content_type=MEDIA_TYPE
        )

    application = web.Application()
    application.router.add_post("/dns-query", handle)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, address, 0, ssl_context=context).start()
        server.port = runner.addresses[0][1]
        yield server


@attrs.frozen
class Unbound:
    """The ports of a running unbound on 127.0.0.1. Its certificate is valid for ``dns.example`` and that address."""

    plain: int
    tls: int
    https: int


@contextmanager
def _free_ports(count: int) -> Generator[list[int]]:
    """Reserve ports during the block. They are free for TCP, and almost certainly for UDP."""
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        yield [holder.getsockname()[1] for holder in holders]
    finally:
        for holder in holders:
            holder.close()


def _configuration(unbound: Unbound, folder: Path, lines: Iterable[str]) -> str:
    return "\n".join(
        [
            "server:",
            *(f"  interface: 127.0.0.1@{port}" for port in (unbound.plain, unbound.tls, unbound.https)),
            f"  tls-port: {unbound.tls}",
            f"  https-port: {unbound.https}",
            f'  tls-service-key: "{folder}/key.pem"',
            f'  tls-service-pem: "{folder}/certificate.pem"',
            f'  directory: "{folder}"',
            '  username: ""',
            '  chroot: ""',
            '  pidfile: ""',
            "  do-daemonize: no",
            "  use-syslog: no",
            "  verbosity: 1",
            '  module-config: "iterator"',
            *(f"  {line}" for line in lines),
            "remote-control:",
            "  control-enable: no",
            "",
        ]
    )


@asynccontextmanager
async def unbound_server(folder: Path, lines: Iterable[str]) -> AsyncGenerator[Unbound]:
    """Run unbound in *folder* during the block, with these lines in its configuration, such as local data."""
    certificate = authority().issue_cert("dns.example", "127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for position, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(str(folder / "certificate.pem"), append=position > 0)
    with _free_ports(3) as ports:
        unbound = Unbound(*ports)
    configuration = folder / "unbound.conf"
    configuration.write_text(_configuration(unbound, folder, lines))
    process = await asyncio.create_subprocess_exec(
        str(UNBOUND), "-d", "-c", str(configuration), stderr=asyncio.subprocess.PIPE
    )
    try:
        await _until_started(process)
        yield unbound
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _until_started(process: asyncio.subprocess.Process) -> None:
    said = b""
    if process.stderr is not None:
        async for line in process.stderr:
            said += line
            if b"start of service" in line:
                return
    raise AssertionError(said.decode())
