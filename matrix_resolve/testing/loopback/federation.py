"""A Matrix federation on loopback: a real name server and real HTTPS servers."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self

from ..._util.ports import HTTPS_PORT
from ..._well_known.document import WELL_KNOWN_PATH
from ...address_policy import AddressPolicy
from ...discovery.steps import DEFAULT_PORT
from ...resolver import ServerNameResolver
from ...server_name import ServerName, canonical_ip
from .addresses import NETWORKS, DocumentationAddresses
from .certificates import Authority, CertificateKind
from .network import LoopbackNetwork
from .replies import Reply
from .seen import Seen, SeenHandshake, SeenRequest
from .server import LoopbackServer
from .signing_keys import SigningKey
from .zone import Zone


class LoopbackFederation:
    """A name server and HTTPS servers on loopback.

    The code under test connects to documentation addresses and to ports such as 443 and 8448. Use it in a ``with`` or
    ``async with`` block. It runs in its own thread. What you do not set up does not exist: the name server answers
    NXDOMAIN for other names, and other addresses and ports refuse connections. Nothing leaves this machine.

    Attributes:
        zone: The records of the name server; `server`, `well_known` and `srv` add to them.
        seen: The queries, handshakes and requests that it has received so far.
        ssl_context: A client context that trusts only the certificates of this federation.
        authority_pem: The certificate of the authority that issues them.
    """

    def __init__(self) -> None:
        self.zone: Zone = Zone()
        self.seen: Seen = Seen(self.zone.asked)
        self._authority = Authority()
        self.authority_pem: bytes = self._authority.pem
        self.ssl_context: SSLContext = self._authority.client_context()
        self._addresses = DocumentationAddresses()
        self._servers: dict[tuple[str, int], LoopbackServer] = {}
        self._keys: dict[str, SigningKey] = {}
        self._resolvers: list[ServerNameResolver] = []
        self._network: LoopbackNetwork | None = None

    def server(
        self,
        host: str,
        *,
        port: int = DEFAULT_PORT,
        addresses: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
        certificate: CertificateKind = "right",
    ) -> LoopbackServer:
        """Set up the server at *host* and *port*, or change it if it exists.

        Args:
            host: A DNS name, which gets an A and an AAAA record, or an IP address.
            port: The port that clients use.
            addresses: The addresses of *host*, which may be those of another host. By default, one of each family that
                no other host has.
            names: The names that the server has a certificate for and responds to; *host* by default. With SRV records,
                these are the server names that lead here.
            certificate: The kind of certificate.

        Returns:
            The server. You can change its replies, and stop and start it.

        Raises:
            ValueError: If *host* or an address is not valid.
            RuntimeError: If the federation is not running.
        """
        network = self._running()
        host, own = self._place(host, addresses)
        server = self._servers.get((host, port))
        if server is None:
            server = LoopbackServer(
                host,
                port,
                authority=self._authority,
                signing_key=self.signing_key,
                cut_connections=self._cut_connections,
            )
            self._servers[host, port] = server
        server.present(names or server.names, certificate)
        for each in self._all_servers():
            if each.host == host:
                each.addresses = own
                _listen(network, each)
        return server

    def well_known(
        self, server_name: str, delegated: str, *, headers: Mapping[str, str] | None = None
    ) -> LoopbackServer:
        """Publish a well-known document that delegates *server_name* to *delegated*.

        If there is no server for *server_name* on port 443, set one up.

        Args:
            server_name: A DNS name.
            delegated: The value of ``m.server``. It is not validated.
            headers: Additional response headers, such as ``{"Cache-Control": "max-age=60"}``.

        Returns:
            The server on port 443.
        """
        server = self._servers.get((server_name.lower(), HTTPS_PORT)) or self.server(server_name, port=HTTPS_PORT)
        server.reply(WELL_KNOWN_PATH, Reply.json({"m.server": delegated}, headers=headers))
        return server

    def srv(
        self, server_name: str, target: str, port: int, *, priority: int = 10, weight: int = 0, deprecated: bool = False
    ) -> None:
        """Add an SRV record to *server_name*.

        Args:
            server_name: A DNS name.
            target: The target of the record; ``"."`` means that the service is not available.
            port: The port of the record.
            priority: The priority; records with the lowest value are tried first.
            weight: The relative weight among records of the same priority.
            deprecated: True for ``_matrix._tcp``, False for ``_matrix-fed._tcp``.
        """
        owner = f"{'_matrix' if deprecated else '_matrix-fed'}._tcp.{server_name}"
        self.zone.srv(owner, *self.zone.texts(owner, "SRV"), f"{priority} {weight} {port} {target}")

    def signing_key(self, server_name: str) -> SigningKey:
        """Return the signing key of *server_name*. Each name has one key, which does not change."""
        return self._keys.setdefault(server_name, SigningKey(server_name))

    def resolver(self, **options: Any) -> ServerNameResolver:
        """Return a resolver that uses this federation.

        Args:
            options: Arguments of `ServerNameResolver`, which override those of the federation.

        Returns:
            A resolver. If you do not close it, the federation closes it when the block ends.

        Raises:
            RuntimeError: If the federation is not running.
        """
        own: dict[str, Any] = {
            "ssl_context": self.ssl_context,
            "connect_to": self.connect_to,
            "address_policy": AddressPolicy(allow=NETWORKS),
        }
        if "dns" not in options:
            own["nameservers"] = [self.nameserver]
        resolver = ServerNameResolver(**(own | options))
        self._resolvers.append(resolver)
        return resolver

    def connect_to(self, ip: str, port: int) -> tuple[str, int]:
        """Return the address and port on loopback for *ip* and *port*.

        Pass this method as ``connect_to`` to resolvers, clients and backends.
        """
        network, ip = self._running(), canonical_ip(ip)
        servers = self._servers_at(ip, port)
        if any(server.death is None for server in servers):
            return network.place(ip, port)
        return network.unreachable((servers[0].death if servers else None) or "refuse")

    @property
    def nameserver(self) -> str:
        """The address and port of the name server, such as ``"127.0.0.1:5353"``."""
        return self._running().nameserver

    def _place(self, host: str, addresses: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
        """Add *host* to the zone, and return its normalized name and its addresses."""
        parsed = ServerName.parse(f"[{host}]" if host.count(":") > 1 and "[" not in host else host)
        if parsed.port is not None:
            message = f"{host!r} has a port: pass port={parsed.port}"
            raise ValueError(message)
        if parsed.ip is not None:
            return parsed.ip, (parsed.ip,)
        name = parsed.hostname.lower()
        known = self._addresses.of(name)
        own = known if known is not None and addresses is None else self._addresses.assign(name, addresses)
        if own != known:
            self.zone.a(name, *(ip for ip in own if ":" not in ip))
            self.zone.aaaa(name, *(ip for ip in own if ":" in ip))
        return name, own

    def _servers_at(self, ip: str, port: int) -> list[LoopbackServer]:
        return [server for server in self._all_servers() if server.port == port and ip in server.addresses]

    def _all_servers(self) -> list[LoopbackServer]:
        # A copy, because the test may add servers while the thread of the federation iterates.
        return list(self._servers.values())

    def _server_for(self, ip: str, port: int, name: str | None) -> LoopbackServer:
        """Return the server for *name*, or the first one if none matches, as web servers do."""
        there = self._servers_at(ip, port)
        return next((server for server in there if server.is_named(name)), there[0])

    def _choose_context(self, ip: str, port: int, name: str | None) -> SSLContext:
        self.seen.handshakes.append(SeenHandshake(ip, port, name))
        return self._server_for(ip, port, name).ssl_context

    def _answer(self, request: SeenRequest) -> Reply:
        self.seen.requests.append(request)
        return self._server_for(request.ip, request.port, request.hostname).answer(request)

    def _cut_connections(self, server: LoopbackServer) -> None:
        for ip in server.addresses:
            self._running().cut_connections(ip, server.port)

    def _running(self) -> LoopbackNetwork:
        if self._network is None:
            raise RuntimeError("this LoopbackFederation is not running: use it in a `with` or `async with` block")
        return self._network

    def _open(self) -> "Future[None]":
        if self._network is not None:
            raise RuntimeError("this LoopbackFederation is running already")
        self._network = LoopbackNetwork(self.zone, self._choose_context, self._answer)
        for server in self._all_servers():
            _listen(self._network, server)
        return self._network.open()

    def _end(self) -> None:
        network, self._network = self._running(), None
        network.end()

    async def _close_resolvers(self) -> None:
        while self._resolvers:
            await self._resolvers.pop().aclose()

    def __enter__(self) -> Self:
        self._open().result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._running().close(self._close_resolvers).result()
        finally:
            self._end()

    async def __aenter__(self) -> Self:
        self._open().result()  # blocks for a few milliseconds, so it cannot be cancelled
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._close_resolvers()
        finally:
            await self._close_network()

    async def _close_network(self) -> None:
        closed = self._running().close(self._close_resolvers)
        try:
            await asyncio.shield(asyncio.wrap_future(closed))
        finally:
            try:
                closed.result()  # waits even after a cancellation, so that no resolver and no socket is left open
            finally:
                self._end()


def _listen(network: LoopbackNetwork, server: LoopbackServer) -> None:
    for ip in server.addresses:
        network.listen(ip, server.port)
