"""What a check has seen, as values: evaluated elsewhere, so that every rule can be tested without a network."""

from collections.abc import Mapping

import attrs

from .._well_known.codec import FetchKind
from ..backends.dns import RecordType
from ..discovery.srv import NO_RECORD, SrvAnswer
from ..errors import InvalidServerName, LookupFailed, ResolveError
from ..models import ConnectionTarget, Resolution
from ..server_name import ServerName
from .exchanges import HttpExchange, Trouble

CONTROL = "a.root-servers.net"
"""A name that every name server of the Internet has an address for, or says that there is none: queried if nothing else is answered."""


@attrs.frozen
class Reach:
    """Which address families the machine that checks has a way to.

    Attributes:
        ipv4: True if it has IPv4.
        ipv6: True if it has IPv6.
    """

    ipv4: bool = True
    ipv6: bool = True


@attrs.frozen
class DnsReply:
    """What the DNS said to one question.

    Attributes:
        name: The name asked for.
        record_type: The type asked for.
        records: The addresses, for A and AAAA.
        srv: The records, for SRV.
        canonical_name: Where the CNAME chain ended; the name itself without one.
        failure: Why there was no answer, or an empty string.
    """

    name: str
    record_type: RecordType
    records: tuple[str, ...] = ()
    srv: SrvAnswer = NO_RECORD
    canonical_name: str = ""
    failure: str = ""


@attrs.frozen
class Certificate:
    """What a certificate says.

    Attributes:
        names: The DNS names and addresses that it is valid for.
        subject: The subject, in one line.
        issuer: The issuer, in one line.
        not_before: From when it is valid, in wall-clock seconds.
        not_after: Until when it is valid, in wall-clock seconds.
        has_issuer_url: True if it says where the certificate of its issuer is to be had, as those of public authorities do.
        sha256: Its fingerprint.
        is_issuer_sent: True if the certificate of its issuer came with it; None if that is not known.
    """

    names: tuple[str, ...]
    subject: str
    issuer: str
    not_before: float
    not_after: float
    has_issuer_url: bool
    sha256: str
    is_issuer_sent: bool | None = None


@attrs.frozen
class WellKnownProbe:
    """What one address of the well-known host answered.

    Attributes:
        ip: The address.
        outcome: What it came to, as a resolver sees it.
        delegated: The name in ``m.server``, or None.
        lifetime: Its freshness lifetime by the headers, in seconds, or None.
        detail: A sentence about it; may be empty.
        exchanges: Each hop.
        certificate: The certificate at the last hop, where no response came or one that delegates; None if there was no handshake, either.
        accepts_dhe: True if the handshake at the last hop failed, and the server accepted one with finite-field Diffie-Hellman (DHE) alone.
        reason: Why it came to that, as a code, where neither *outcome* nor *exchanges* says so: ``"redirect-insecure"``,
            ``"redirect-endless"``, ``"not-json"``, ``"ambiguous"``, or an empty string.
    """

    ip: str
    outcome: FetchKind
    delegated: ServerName | None = None
    lifetime: float | None = None
    detail: str = ""
    exchanges: tuple[HttpExchange, ...] = ()
    certificate: Certificate | None = None
    accepts_dhe: bool = False
    reason: str = ""

    @property
    def last(self) -> HttpExchange | None:
        """The last hop; None if no request could be made."""
        return self.exchanges[-1] if self.exchanges else None

    @property
    def trouble(self) -> Trouble | None:
        """Why there was no response at the end, or None."""
        return self.last.trouble if self.last else None

    @property
    def last_ip(self) -> str:
        """The address that the last hop asked: that of another host than the first, where it was redirected."""
        return self.last.ip or self.ip if self.last else self.ip


@attrs.frozen
class KeyFacts:
    """What a response with signing keys says, and whether it is signed with them.

    Attributes:
        server_name: The name in it; empty if there is none.
        key_ids: The Ed25519 keys in ``verify_keys``.
        public_keys: Those that can be used, each with its bytes in hexadecimal digits.
        valid_until: ``valid_until_ts`` in wall-clock seconds, or None.
        unusable: The key IDs whose key is no Ed25519 key.
        unsigned: The key IDs by which it is not signed in the name of its server.
        forged: The key IDs whose signature is wrong.
        fault: Why it is no such response, or an empty string.
        valid_until_fault: Why there is no such time, or an empty string.
        old_fault: What some servers cannot read in ``old_verify_keys``, or an empty string.
    """

    server_name: str = ""
    key_ids: tuple[str, ...] = ()
    public_keys: tuple[str, ...] = ()
    valid_until: float | None = None
    unusable: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()
    forged: tuple[str, ...] = ()
    fault: str = ""
    valid_until_fault: str = ""
    old_fault: str = ""


@attrs.frozen
class TargetProbe:
    """What was seen at one target.

    Attributes:
        target: The target.
        trouble: Why no TLS connection with a valid certificate was established, or None.
        tls_version: Such as ``"TLSv1.3"``; empty without a connection.
        certificate: The certificate there, valid or not; None without a handshake.
        version: ``/_matrix/federation/v1/version``; None if there was no connection.
        keys: ``/_matrix/key/v2/server``; None if there was no connection.
        client: ``/_matrix/client/versions``, asked where `version` was not found.
        elsewhere: The version as asked for with another Host header, where the right one did not lead to a homeserver.
        key_facts: What *keys* says; None if it was no response with status 200.
        federation: A path of the federation API that wants a signed request, asked for where `version` was not found.
        accepts_dhe: True if the handshake failed, and the server accepted one with finite-field Diffie-Hellman (DHE) alone.
    """

    target: ConnectionTarget
    trouble: Trouble | None = None
    tls_version: str = ""
    certificate: Certificate | None = None
    version: HttpExchange | None = None
    keys: HttpExchange | None = None
    client: HttpExchange | None = None
    elsewhere: HttpExchange | None = None
    key_facts: KeyFacts | None = None
    federation: HttpExchange | None = None
    accepts_dhe: bool = False


@attrs.frozen
class LeftOut:
    """Something that was not checked, or not completely.

    Attributes:
        what: ``"resolution"``, ``"target"``, ``"well-known"`` or ``"dns"``.
        place: The server name, the address, or the DNS question.
        limit: Which limit was reached: ``"time"``, ``"connections"``, ``"addresses"``, ``"hosts"`` or ``"names"``.
    """

    what: str
    place: str
    limit: str


@attrs.frozen(kw_only=True)
class Evidence:
    """Everything that was seen.

    Attributes:
        server_name: The name; None if the input is not a valid server name.
        checked_at: When, in wall-clock seconds.
        resolution: What the name resolved to; None if it did not.
        error: Why it did not; None if it did, or if time ran out first.
        dns: What was asked in the DNS.
        well_knowns: What each address of the well-known host answered; empty if no well-known document should be requested.
        targets: What was seen at each target.
        untried: Targets beyond those that are tried.
        is_overridden: True if the caller says where the name leads.
        reach: What the machine that checks has a way to.
        refused: The addresses in *dns* that the address policy refuses, each with its rule.
        left_out: What was not checked because a limit of the check was reached.
    """

    server_name: ServerName | None
    checked_at: float
    resolution: Resolution | None = None
    error: ResolveError | None = None
    dns: tuple[DnsReply, ...] = ()
    well_knowns: tuple[WellKnownProbe, ...] = ()
    targets: tuple[TargetProbe, ...] = ()
    untried: int = 0
    is_overridden: bool = False
    reach: Reach = attrs.Factory(Reach)
    refused: Mapping[str, str] = attrs.Factory(dict[str, str])
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_complete(self) -> bool:
        """True if everything that a server may encounter was checked."""
        return not (self.untried or self.left_out)

    @property
    def is_out_of_time(self) -> bool:
        """True if the check ended because time ran out."""
        return any(each.limit == "time" for each in self.left_out)

    @property
    def is_dns_missing_here(self) -> bool:
        """True if no question was answered, not even one that has nothing to do with the name."""
        was_asked = self.reply(CONTROL, "A") is not None
        return isinstance(self.error, LookupFailed) and was_asked and all(reply.failure for reply in self.dns)

    def reply(self, name: str, record_type: RecordType) -> DnsReply | None:
        """Return the DNS reply to one question, if it was asked."""
        return next((each for each in self.dns if (each.name, each.record_type) == (name, record_type)), None)


def has_invalid_name(evidence: Evidence) -> bool:
    """Return True if what was given is not a server name, so that nothing was checked."""
    return isinstance(evidence.error, InvalidServerName)
