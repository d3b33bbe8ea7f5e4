"""What programs need that are clients of a loopback federation, in its own process and in others."""

import ssl
from collections.abc import Mapping
from typing import Any, Protocol

from ...address_policy import AddressPolicy
from ...resolver import ServerNameResolver
from .addresses import NETWORKS


class ClientSide(Protocol):
    """The parts of a federation that a resolver uses."""

    @property
    def nameserver(self) -> str:
        """The address and port of the name server."""
        ...

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """A client context that trusts only the certificates of the federation."""
        ...

    def connect_to(self, ip: str, port: int) -> tuple[str, int]:
        """Return the address and port on loopback for *ip* and *port*."""
        ...


def resolver_for(federation: ClientSide, options: Mapping[str, Any]) -> ServerNameResolver:
    """Return a resolver that uses *federation*.

    Args:
        federation: The federation.
        options: Arguments of `ServerNameResolver`, which override those of the federation.
    """
    own: dict[str, Any] = {
        "ssl_context": federation.ssl_context,
        "connect_to": federation.connect_to,
        "address_policy": AddressPolicy(allow=NETWORKS),
    }
    if "dns" not in options:
        own["nameservers"] = [federation.nameserver]
    return ServerNameResolver(**(own | dict(options)))


def trusting(authority: str) -> ssl.SSLContext:
    """Return a client context that trusts only *authority* (PEM), and is as strict as `default_ssl_context`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.load_verify_locations(cadata=authority)
    return context
