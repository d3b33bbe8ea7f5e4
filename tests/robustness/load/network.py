"""The network of the load, as the process of the resolver sees it."""

import ssl

import attrs

from matrix_resolve import AddressPolicy, ResolverPolicy, ServerNameResolver
from matrix_resolve.testing.loopback.addresses import NETWORKS

from .names import HANGING_HOST, SILENT_ADDRESSES, WEB_HOST, flood_number

Place = tuple[str, int]


@attrs.frozen(kw_only=True)
class Network:
    """The addresses on loopback where everything is.

    Attributes:
        nameserver: The name server.
        web: The honest web host.
        hanging: The host that accepts connections and is silent.
        refusing: Where connections are refused.
        dropping: Where packets get no reply.
        authority: The certificate to trust, PEM.
        floods: The port of each flooding host.
    """

    nameserver: str
    web: Place
    hanging: Place
    refusing: Place
    dropping: Place
    authority: str
    floods: tuple[int, ...] = ()

    def resolver(self, policy: ResolverPolicy | None = None) -> ServerNameResolver:
        """Return a resolver with the default backends."""
        return ServerNameResolver(
            policy=policy,
            nameservers=[self.nameserver],
            ssl_context=ssl.create_default_context(cadata=self.authority),
            connect_to=self.connect_to,
            address_policy=AddressPolicy(allow=NETWORKS),
        )

    def connect_to(self, ip: str, _port: int) -> Place:
        """Return the address and port on loopback that represent *ip*."""
        if ip in WEB_HOST:
            return self.web
        if ip == HANGING_HOST:
            return self.hanging
        if ip in SILENT_ADDRESSES:
            return self.dropping
        number = flood_number(ip)
        return self.refusing if number is None else ("127.0.0.1", self.floods[number])
