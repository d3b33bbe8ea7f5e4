"""What a resolution gives back: frozen values without behaviour of their own."""

import math
from enum import StrEnum

import attrs

from ._util.escaping import shortened
from .reasons import Reason
from .server_name import ServerName
from .trace import TraceRecord

_LONGEST_MESSAGE = 500  # characters


class Step(StrEnum):
    """The step of the specification that decided.

    Source: Matrix Server-Server API v1.8 and later, "Resolving server names"; ``override`` is ours.
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
class ResolutionWarning:
    """Something that works for now and that an operator should know.

    Attributes:
        code: Stable kebab-case code.
        host: The host, record name or URL that it is about.
        reason: What is wrong, as facts.
    """

    code: str
    host: str
    reason: Reason

    @property
    def message(self) -> str:
        """One plain sentence."""
        return shortened(str(self.reason), limit=_LONGEST_MESSAGE)

    def to_dict(self) -> dict[str, str]:
        """Return code and message as JSON-compatible values."""
        return {"code": self.code, "message": self.message}


@attrs.frozen
class Endpoint:
    """A host and port, before addresses are known.

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
    """The addresses of one host, as far as they could be found.

    Attributes:
        ips: Addresses that may be connected to, families alternating.
        refused: The first few refused addresses, each with the rule that refuses it.
        more_refused: How many more addresses are refused.
        failed: Why queries for this host failed.
        cname: The name at which the CNAME chain ended, if there was one.
        refused_zone: The zone that is never asked for, if the host lies in one.
        cut: For which families addresses were dropped because there are too many, and how many there are.
        expires_at: Until when this may be used, in wall-clock seconds.
        refresh_at: From when it is asked for again if it is used.
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
    """One place to connect to, and whom to expect there.

    Attributes:
        ip: The address to connect to, as RFC 5952 text.
        port: The TCP port.
        host_header: The exact ``Host`` header: the effective server name as written, with a port only if it was written with one.
        tls_server_name: The name that the certificate must be valid for, to be passed as ``server_hostname``. For an IP literal it is the
            bare address, for which Python sends no SNI and checks the iPAddress entries.
        priority: The SRV priority, lowest first; 0 without SRV.
        dns_name: The name whose address this is, or None for an IP literal.

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
    def address(self) -> str:
        """IP and port as one text, an IPv6 address in brackets."""
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"

    def __str__(self) -> str:
        return f"{self.address} (Host: {self.host_header}, TLS name: {self.tls_server_name})"


@attrs.frozen(weakref_slot=False)
class Resolution:
    """Where a server name is to be reached.

    Attributes:
        server_name: What was asked for, in its exact spelling: the identity, never the delegated name.
        step: The step of the specification that decided.
        delegated: The name that the well-known (or an override) delegated to, or None.
        targets: Where to connect, in the order in which to try; never empty.
        expires_at: Until when this holds, in wall-clock seconds.
        stale: True if a delegation is used beyond its lifetime because asking again failed.
        degraded: True if a DNS question failed on the way, so that the answer may be incomplete.
        warnings: What an operator should know.
        trace: The lookups made; one record that says so where the whole answer was known.
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

    def to_dict(self) -> dict[str, object]:
        """Give the resolution as JSON-compatible values with stable keys."""
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
        }

    def __str__(self) -> str:
        via = "" if self.delegated is None else f", delegated to {self.delegated}"
        return f"{self.server_name}: step {self.step}{via}: " + "; ".join(map(str, self.targets))
