"""The result of a resolution, and the values that its parts pass to each other. All of them are frozen."""

import math
from enum import StrEnum

import attrs

from .applied_overrides import AppliedOverride
from .reasons import Reason, ResolutionWarning
from .server_name import ServerName
from .trace import TraceRecord


class Step(StrEnum):
    """The step of the specification that determines the targets.

    Source: Matrix Server-Server API v1.8 and later, "Resolving server names"; ``override`` is an addition of this library.
    """

    IP_LITERAL = "1"
    EXPLICIT_PORT = "2"
    DELEGATED_IP_LITERAL = "3.1"
    DELEGATED_EXPLICIT_PORT = "3.2"
    DELEGATED_SRV = "3.3"
    DELEGATED_DEPRECATED_SRV = "3.4"
    DELEGATED_DEFAULT_PORT = "3.5"
    SRV = "4"
    DEPRECATED_SRV = "5"
    DEFAULT_PORT = "6"
    OVERRIDE = "override"

    @property
    def is_srv(self) -> bool:
        """True if SRV records name the targets."""
        return self in _SRV_STEPS


_SRV_STEPS = frozenset({Step.SRV, Step.DEPRECATED_SRV, Step.DELEGATED_SRV, Step.DELEGATED_DEPRECATED_SRV})


@attrs.frozen
class Endpoint:
    """A host and port, before the addresses are looked up.

    Attributes:
        host: A lower-case DNS name, or an IP address.
        port: The TCP port.
        priority: The SRV priority; 0 without SRV.
        weight: The SRV weight; 0 without SRV.
    """

    host: str
    port: int
    priority: int = 0
    weight: int = 0


@attrs.frozen
class HostAddresses:
    """The addresses of one host that were found.

    Attributes:
        ips: Addresses that may be connected to, with alternating families.
        refused: The first few refused addresses, each with the rule that refuses it.
        more_refused: How many more addresses are refused.
        failed: Why queries for this host failed.
        cname: The name at which the CNAME chain ended, or None if there is no chain.
        refused_zone: The refused zone that contains the host, or None.
        cut: For each family with too many addresses, how many there are.
        expires_at: When the addresses expire, in wall-clock seconds.
        refresh_at: When the addresses become due for refresh, in wall-clock seconds.
    """

    ips: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    more_refused: int = 0
    failed: tuple[Reason, ...] = ()
    cname: str | None = None
    refused_zone: str | None = None
    cut: tuple[Reason, ...] = ()
    expires_at: float = math.inf
    refresh_at: float = math.inf


@attrs.frozen(weakref_slot=False)
class ConnectionTarget:
    """One address and port to connect to, and the name that the certificate there must be valid for.

    Attributes:
        ip: The address to connect to, in RFC 5952 form.
        port: The TCP port.
        host_header: The exact ``Host`` header: the effective name as it was written, with a port only if it was written with one.
        tls_server_name: The name that the certificate must be valid for. Pass it as ``server_hostname``. For an IP literal it is the address
            without brackets: Python then sends no SNI, and compares the address with the iPAddress entries of the certificate.
        priority: The SRV priority, lowest first; 0 without SRV.
        dns_name: The DNS name that has this address, or None for an IP literal or an address that `UseAddresses` sets.

    Source:
        Matrix Server-Server API, "Resolving server names" and "TLS".
    """

    ip: str
    port: int
    host_header: str
    tls_server_name: str
    priority: int = 0
    dns_name: str | None = None

    @property
    def endpoint(self) -> str:
        """The address and port as one string, with an IPv6 address in brackets."""
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"

    def __str__(self) -> str:
        return f"{self.endpoint} (Host: {self.host_header}, TLS name: {self.tls_server_name})"


@attrs.frozen(weakref_slot=False)
class Resolution:
    """The connection targets of a server name, and how they were found.

    Attributes:
        server_name: The name that was resolved, in its exact spelling. It is the identity of the server, never the delegated name.
        step: The step of the specification that determines the targets.
        delegated: The name that the well-known document or `DelegateTo` delegates to, or None.
        targets: Where to connect, in the order in which to try them; never empty.
        expires_at: When the resolution expires, in wall-clock seconds.
        stale: True if a delegation is used beyond its lifetime because fetching it again failed.
        degraded: True if a DNS query failed, so that the result may be incomplete.
        warnings: What an operator should know.
        trace: The lookups that were made. For a cached resolution, it is a single record that says so.
        overrides: The overrides of the resolver that determine where the name and its hosts lead.
    """

    server_name: ServerName
    step: Step
    delegated: ServerName | None
    targets: tuple[ConnectionTarget, ...]
    expires_at: float
    stale: bool = False
    degraded: bool = False
    warnings: tuple[ResolutionWarning, ...] = ()
    trace: tuple[TraceRecord, ...] = ()
    overrides: tuple[AppliedOverride, ...] = ()

    @property
    def host_header(self) -> str:
        """The exact ``Host`` header, which is the same for all targets."""
        return self.targets[0].host_header

    @property
    def tls_server_name(self) -> str:
        """The name that the certificate must be valid for, which is the same for all targets."""
        return self.targets[0].tls_server_name

    def to_dict(self) -> dict[str, object]:
        """Return the resolution as JSON-compatible values with stable keys."""
        return {
            "server_name": str(self.server_name),
            "step": str(self.step),
            "delegated": None if self.delegated is None else str(self.delegated),
            "targets": [attrs.asdict(target) for target in self.targets],
            "expires_at": self.expires_at,
            "stale": self.stale,
            "degraded": self.degraded,
            "warnings": [warning.to_dict() for warning in self.warnings],
            "trace": [record.to_dict() for record in self.trace],
            "overrides": [attrs.asdict(override) for override in self.overrides],
        }

    def __str__(self) -> str:
        via = "" if self.delegated is None else f", delegated to {self.delegated}"
        return f"{self.server_name}: step {self.step}{via}: " + "; ".join(map(str, self.targets))
