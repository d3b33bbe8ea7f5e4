"""A web server of its own for one delegation, for a hostname that has no other."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

import attrs
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from .._util.escaping import quoted
from .._util.file_descriptors import descriptor_limit
from ..server_name import canonical_ip
from .aiohttp import well_known_routes
from .delegation import Delegation
from .listener import Connection, Listener, connection_limit

LogLine = Callable[[str], None]
_SHUTDOWN_TIMEOUT = 2.0  # seconds for which requests under way may go on when the server ends
_KEEP_ALIVE = 2.0  # seconds from a response to the next request of the same connection
_MAX_PORT = 65535
_LARGEST_PEM = 1_000_000  # bytes: a chain has about ten thousand, and a file may be endless, like /dev/zero
_LOGGER = logging.getLogger("matrix_resolve.publish")
# Each request has its line; of one that is no HTTP aiohttp would log the traceback, too, with the bytes as they came.
_LOGGER.setLevel(logging.CRITICAL)


@attrs.frozen
class ListenAddress:
    """Where the server listens.

    Attributes:
        ip: An IP address, or None for all of both families.
        port: 0 for a free one.
    """

    ip: str | None
    port: int

    @classmethod
    def parse(cls, text: str) -> "ListenAddress":
        """Read ``127.0.0.1:8080``, ``[::1]:8080``, or ``:443`` for all addresses.

        Raises:
            ValueError: If it has none of these forms.
        """
        host, colon, port = text.rpartition(":")
        try:
            return cls(_ip_of(host), _port_of(colon, port))
        except ValueError:
            message = f"{quoted(text)} is no address to listen on: write 127.0.0.1:8080, [::1]:8080, or :443 for all addresses"
            raise ValueError(message) from None


def _ip_of(host: str) -> str | None:
    ip = host.removeprefix("[").removesuffix("]")
    if (":" in ip) != (host == f"[{ip}]") or (":" not in ip and ip != host):
        raise ValueError(host)
    return canonical_ip(ip) if ip else None


def _port_of(colon: str, text: str) -> int:
    if not (colon and text.isascii() and text.isdigit() and int(text) <= _MAX_PORT):
        raise ValueError(text)
    return int(text)


class Certificate:
    """A certificate with its key, which can be read again when it was renewed.

    Args:
        certificate: The PEM file of the certificate and those between it and its authority.
        key: The PEM file of the key, or None if it is in the same file.

    Raises:
        ValueError: If they cannot be used.
        OSError: If they cannot be read.
    """

    def __init__(self, certificate: str, key: str | None) -> None:
        self._files = certificate, key or certificate
        self._current = _read(*self._files)
        self.ssl_context: ssl.SSLContext = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ssl_context.sni_callback = self._choose

    def reload(self) -> None:
        """Read the files; connections from now on get what they hold.

        Raises:
            ValueError: If they cannot be used; what was read before stays.
            OSError: If they cannot be read.
        """
        self._current = _read(*self._files)

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        """Use the certificate that was read last, whether or not the client sends a name."""
        del name
        connection.context = self._current


def _read(certificate: str, key: str) -> ssl.SSLContext:
    """Make a new context each time: one into which another certificate is loaded keeps the old one if its key is of another kind."""
    _expect("CERTIFICATE", certificate)
    _expect("PRIVATE KEY", key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        message = f"the certificate {certificate} and the key {key} cannot be used together: {error.reason or error}"
        raise ValueError(message) from error
    return context


def _expect(label: str, file: str) -> None:
    """Look into a file first, because OpenSSL says neither which file it cannot read nor what it misses there."""
    with Path(file).open("rb") as opened:
        content = opened.read(_LARGEST_PEM + 1)
    if len(content) > _LARGEST_PEM:
        message = f"{file} is larger than 1 MB, so it is not a PEM file with a certificate"
        raise ValueError(message)
    if f"{label}-----".encode() not in content:
        message = f"there is no {label.lower()} in {file}, which should be a PEM file"
        raise ValueError(message)


def _no_password() -> str:
    raise ValueError("the key has a password; a server that starts by itself needs one without")


@contextlib.asynccontextmanager
async def serving(
    delegation: Delegation,
    listen: Sequence[ListenAddress],
    certificate: Certificate | None = None,
    log: LogLine = lambda _: None,
) -> AsyncGenerator[list[str]]:
    """Serve a delegation for the time of a block.

    The number of connections is limited to half of the file descriptors; at the limit, silent ones are closed.

    Args:
        delegation: What is served.
        listen: Where.
        certificate: Serve HTTPS with it; plain HTTP, for a reverse proxy in front, without.
        log: Called with a line for each request, and with at most one line a minute about failed connections.

    Yields:
        The addresses on which the server listens, as ``ip:port``.

    Raises:
        OSError: If it cannot listen there.
    """
    application = web.Application()
    application.add_routes(well_known_routes(delegation))
    runner = web.AppRunner(
        application,
        access_log_class=_access_log(log),
        logger=_LOGGER,
        shutdown_timeout=_SHUTDOWN_TIMEOUT,
        keepalive_timeout=_KEEP_ALIVE,
    )
    await runner.setup()
    context, limit = certificate.ssl_context if certificate else None, connection_limit(descriptor_limit())
    async with Listener(lambda: _handler(runner), context, log, limit=limit) as listener:
        try:
            for address in listen:
                listener.listen(address.ip, address.port)
            yield [_text(address) for address in listener.addresses]
        finally:
            await asyncio.shield(_end(listener, runner))


async def _end(listener: Listener, runner: web.AppRunner) -> None:
    """Wait until requests under way are complete."""
    await listener.stop()
    await runner.cleanup()


def _handler(runner: web.AppRunner) -> asyncio.Protocol:
    """Return aiohttp's protocol for one connection.

    aiohttp allows the first request only the time that it allows between two of them. `Listener` allows it more, so aiohttp's timer is
    stopped, which aiohttp starts in `connection_made`, before the next iteration; after the first request it starts the timer again.
    """
    if runner.server is None:
        raise RuntimeError("the server has ended")
    handler = runner.server()
    asyncio.get_running_loop().call_soon(handler.keep_alive, True)
    return handler


def _text(address: tuple[str, int]) -> str:
    ip, port = address[:2]
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _access_log(log: LogLine) -> type[AbstractAccessLogger]:
    """Return the class whose `log` aiohttp calls after each request."""

    class AccessLog(AbstractAccessLogger):
        def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:  # noqa: ARG002 - aiohttp's signature
            log(f"{request.remote} {request.method} {request.raw_path} {response.status}")
            connection = None if request.transport is None else request.transport.get_protocol()
            if isinstance(connection, Connection):
                connection.was_served()

        @property
        def enabled(self) -> bool:
            return True

    return AccessLog
