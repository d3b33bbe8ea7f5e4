"""A small web server for one delegation, for a hostname that has no other web server."""

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
_SHUTDOWN_TIMEOUT = 2.0  # seconds that requests in progress get when the server ends
_KEEP_ALIVE = 2.0  # seconds from a response to the next request of the same connection
_MAX_PORT = 65535
_LARGEST_PEM = 1_000_000  # bytes; a chain has about 10,000, and a file may be endless, like /dev/zero
_LOGGER = logging.getLogger("matrix_resolve.publish")
# Each request has a log line already. For a request that is not valid HTTP, aiohttp would log a traceback as well, with its raw bytes.
_LOGGER.setLevel(logging.CRITICAL)


@attrs.frozen
class ListenAddress:
    """An address on which the server listens.

    Attributes:
        ip: An IP address, or None for all IPv4 and IPv6 addresses.
        port: The port; 0 for any free one.
    """

    ip: str | None
    port: int

    @classmethod
    def parse(cls, text: str) -> "ListenAddress":
        """Parse ``127.0.0.1:8080``, ``[::1]:8080``, or ``:443`` for all addresses.

        Raises:
            ValueError: If *text* has another form.
        """
        host, colon, port = text.rpartition(":")
        try:
            return cls(_ip_of(host), _port_of(colon, port))
        except ValueError:
            message = f"{quoted(text)} is not an address to listen on; write 127.0.0.1:8080, [::1]:8080, or :443 for all addresses"
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
    """A certificate and its key, which can be reloaded after a renewal.

    Args:
        certificate: The PEM file with the certificate and its intermediate certificates.
        key: The PEM file of the key, or None if it is in the same file.

    Raises:
        ValueError: If the files cannot be used.
        OSError: If a file cannot be read.
    """

    def __init__(self, certificate: str, key: str | None) -> None:
        self._files = certificate, key or certificate
        self._current = _read(*self._files)
        self.ssl_context: ssl.SSLContext = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ssl_context.sni_callback = self._choose

    def reload(self) -> None:
        """Read the files again. New connections get the new certificate.

        Raises:
            ValueError: If the files cannot be used; the old certificate stays in use.
            OSError: If a file cannot be read; the old certificate stays in use.
        """
        self._current = _read(*self._files)

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        """Use the certificate that was read last. OpenSSL calls this function even if the client sends no name."""
        del name
        connection.context = self._current


def _read(certificate: str, key: str) -> ssl.SSLContext:
    """Return a new context. An existing context would keep its old certificate if the new key is of another type."""
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
    """Raise ValueError if *file* has no such PEM section. OpenSSL's own error names neither the file nor what is missing."""
    with Path(file).open("rb") as opened:
        content = opened.read(_LARGEST_PEM + 1)
    if len(content) > _LARGEST_PEM:
        message = f"{file} is larger than 1 MB, so it is not a PEM file with a certificate"
        raise ValueError(message)
    if f"{label}-----".encode() not in content:
        message = f"there is no {label.lower()} in {file}, which should be a PEM file"
        raise ValueError(message)


def _no_password() -> str:
    raise ValueError("the key has a password; pass a key without one, so that the server can start unattended")


@contextlib.asynccontextmanager
async def serving(
    delegation: Delegation,
    listen: Sequence[ListenAddress],
    certificate: Certificate | None = None,
    log: LogLine = lambda _: None,
) -> AsyncGenerator[list[str]]:
    """Serve a delegation during an ``async with`` block.

    The number of connections is limited to half of the file descriptors; at the limit, silent ones are closed.

    Args:
        delegation: The delegation to serve.
        listen: The addresses on which to listen.
        certificate: The certificate for HTTPS; None for plain HTTP, for use behind a reverse proxy.
        log: Called with a line for each request, and with at most one line a minute about failed connections.

    Yields:
        The addresses on which the server listens, as ``ip:port``.

    Raises:
        OSError: If it cannot listen on an address.
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
    """Stop accepting connections, and wait until requests in progress are complete."""
    await listener.stop()
    await runner.cleanup()


def _handler(runner: web.AppRunner) -> asyncio.Protocol:
    """Return aiohttp's protocol for one connection.

    aiohttp allows only the keep-alive time for the first request, but `Listener` allows more. So the timer that aiohttp starts in
    `connection_made` is stopped. aiohttp starts it again after the first request.
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
