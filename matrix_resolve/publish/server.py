"""A web server of its own for one delegation, for a hostname that has no other."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence

import attrs
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from ..server_name import canonical_ip
from .aiohttp import well_known_routes
from .delegation import Delegation

Told = Callable[[str], None]
_PATIENCE = 2.0  # seconds for which requests under way may go on when the server ends
_MAX_PORT = 65535


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
            ValueError: If it is none of these.
        """
        host, _, port = text.rpartition(":")
        try:
            return cls(_ip_of(host), _port_of(port))
        except ValueError:
            message = (
                f'"{text}" is no address to listen on: write 127.0.0.1:8080, [::1]:8080, or :443 for all addresses'
            )
            raise ValueError(message) from None


def _ip_of(host: str) -> str | None:
    ip = host.removeprefix("[").removesuffix("]")
    if (":" in ip) != (host == f"[{ip}]") or (":" not in ip and ip != host):
        raise ValueError(host)
    return canonical_ip(ip) if ip else None


def _port_of(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _MAX_PORT):
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
        self._files = certificate, key
        self.ssl_context: ssl.SSLContext = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.reload()

    def reload(self) -> None:
        """Read the files; connections from now on get what they hold.

        Raises:
            ValueError: If they cannot be used; what was read before stays.
            OSError: If they cannot be read.
        """
        certificate, key = self._files
        trial = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        for context in (trial, self.ssl_context):  # what does not load into the first must not spoil the second
            try:
                context.load_cert_chain(certificate, key, password=_no_password)
            except ssl.SSLError as error:
                message = f"the certificate {certificate} and the key {key or certificate} cannot be used together: {error.reason or error}"
                raise ValueError(message) from error


def _no_password() -> str:
    raise ValueError("the key has a password; a server that starts by itself needs one without")


@contextlib.asynccontextmanager
async def serving(
    delegation: Delegation,
    listen: Sequence[ListenAddress],
    certificate: Certificate | None = None,
    tell: Told = lambda _: None,
) -> AsyncGenerator[list[str]]:
    """Serve a delegation for the time of a block.

    Args:
        delegation: What is served.
        listen: Where.
        certificate: Serve HTTPS with it; plain HTTP, for a reverse proxy in front, without.
        tell: Gets a line about each request.

    Yields:
        The addresses on which the server listens, as ``ip:port``.

    Raises:
        OSError: If it cannot listen there.
    """
    application = web.Application()
    application.add_routes(well_known_routes(delegation))
    runner = web.AppRunner(
        application, access_log_class=_teller(tell), shutdown_timeout=_PATIENCE, keepalive_timeout=_PATIENCE
    )
    await runner.setup()
    try:
        for address in listen:
            context = certificate.ssl_context if certificate else None
            await web.TCPSite(runner, address.ip, address.port, ssl_context=context).start()
        yield [_text(address) for address in runner.addresses]
    finally:
        await asyncio.shield(runner.cleanup())


def _text(address: tuple[str, int]) -> str:
    ip, port = address[:2]
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _teller(tell: Told) -> type[AbstractAccessLogger]:
    """Make what aiohttp calls after each request."""

    class Teller(AbstractAccessLogger):
        def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:  # noqa: ARG002 - aiohttp's signature
            tell(f"{request.remote} {request.method} {request.path_qs} {response.status}")

        @property
        def enabled(self) -> bool:
            return True

    return Teller
