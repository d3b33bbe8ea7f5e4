"""Probe one target: the TLS handshake, the certificate, the version and the signing keys."""

import asyncio
import contextlib
import ssl
from typing import Self

import attrs

from ...backends.aiohttp import AiohttpBackend
from ...models import ConnectionTarget
from ...resolver import ServerNameResolver, config_of
from ..bounds import DETAIL_CONNECTIONS, TARGET_CONNECTIONS, Bounds
from ..evidence import KeyFacts, TargetProbe
from ..exchanges import HttpExchange
from .http import MAX_ANSWER_BYTES, MAX_BYTES, RecordingHttp
from .signing_keys import read_signing_keys
from .tls import probe_tls, unverified_ssl_context

VERSION_PATH = "/_matrix/federation/v1/version"
KEYS_PATH = "/_matrix/key/v2/server"
FEDERATION_PATH = "/_matrix/federation/v1/query/directory?room_alias=%23x%3Ax"
"""A path that homeservers refuse without a signature, and do not recognise if they do not serve federation."""
CLIENT_PATH = "/_matrix/client/versions"
_OK = 200


async def probe_target(resolver: ServerNameResolver, target: ConnectionTarget, bounds: Bounds) -> TargetProbe:
    """Probe one target.

    Args:
        resolver: Provides the TLS context, the request headers and ``connect_to``.
        target: The target.
        bounds: The limits of time and of additional connections; the caller has already taken `TARGET_CONNECTIONS`.

    Raises:
        ConnectionsUsedUp: If not enough connections are left.
    """
    seconds = bounds.request_timeout
    tls = await probe_tls(resolver, target, seconds, bounds, bounds.connections)
    probe = TargetProbe(target, tls.trouble, tls.version, tls.certificate, accepts_dhe=tls.accepts_dhe)
    if tls.context is None:
        bounds.connections.give_back(TARGET_CONNECTIONS - 1)
        return probe
    async with _Requests(resolver, target, tls.context, seconds) as requests:
        probe = await _ask(requests, probe)
        if probe.version is not None and (probe.version.is_json or probe.version.trouble):
            return probe
        bounds.connections.take(DETAIL_CONNECTIONS)
        probe = await _ask_more(requests, probe)
    if target.dns_name in {None, target.host_header}:
        bounds.connections.give_back(1)
        return probe
    async with _Requests(resolver, target, unverified_ssl_context(), seconds) as requests:
        return attrs.evolve(probe, elsewhere=await requests.get(VERSION_PATH, host=target.dns_name))


async def _ask(requests: "_Requests", probe: TargetProbe) -> TargetProbe:
    async with asyncio.TaskGroup() as group:
        version = group.create_task(requests.get(VERSION_PATH))
        keys = group.create_task(requests.get(KEYS_PATH, max_bytes=MAX_BYTES))
    probe = attrs.evolve(probe, version=version.result(), keys=keys.result())
    return attrs.evolve(probe, key_facts=_facts(keys.result())) if keys.result().status == _OK else probe


async def _ask_more(requests: "_Requests", probe: TargetProbe) -> TargetProbe:
    """Make further requests that show why the version is not found."""
    async with asyncio.TaskGroup() as group:
        client = group.create_task(requests.get(CLIENT_PATH))
        federation = group.create_task(requests.get(FEDERATION_PATH))
    return attrs.evolve(probe, client=client.result(), federation=federation.result())


def _facts(exchange: HttpExchange) -> KeyFacts:
    if exchange.truncated:
        return KeyFacts(fault=f"it is larger than {MAX_BYTES:,} bytes")
    return read_signing_keys(exchange.body)


class _Requests:
    """Makes GET requests to one target, regardless of the port in its Host header.

    Args:
        resolver: Provides the request headers and ``connect_to``.
        target: The target.
        context: The TLS context.
        seconds: The timeout of each request.
    """

    def __init__(
        self, resolver: ServerNameResolver, target: ConnectionTarget, context: ssl.SSLContext, seconds: float
    ) -> None:
        made = config_of(resolver)
        self._target = target
        self._headers = made.headers
        self._seconds = seconds
        self._connect_to = resolver.connect_to
        self._backend = AiohttpBackend(ssl_context=context, connect_timeout=seconds, connect_to=self._place)

    def _place(self, ip: str, _: int) -> tuple[str, int]:
        port = self._target.port
        return (ip, port) if self._connect_to is None else self._connect_to(ip, port)

    async def get(self, path: str, *, host: str | None = None, max_bytes: int = MAX_ANSWER_BYTES) -> HttpExchange:
        """Request *path*, with the Host header of the target or with another one."""
        recording = RecordingHttp(self._backend)
        with contextlib.suppress(Exception):  # the exchange records the failure
            await recording.get(
                f"https://{host or self._target.host_header}{path}",
                addresses=[self._target.ip],
                headers=self._headers,
                max_bytes=max_bytes,
                timeout=self._seconds,
            )
        return recording.exchanges[0]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._backend.aclose()
