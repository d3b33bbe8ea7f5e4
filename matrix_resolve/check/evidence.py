"""What a check has seen, as values. The rules evaluate it, so each rule can be tested without a network."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from .._well_known.codec import FetchKind
from ..backends.dns import RecordType
from ..discovery.srv import NO_RECORD, SrvAnswer
from ..errors import InvalidServerName, LookupFailed, ResolveError
from ..models import ConnectionTarget, Resolution
from ..server_name import ServerName
from .exchanges import ConnectionProblem, HttpExchange

LeftOutKind: TypeAlias = Literal["resolution", "target", "well-known", "dns"]
"""What was not checked: see `LeftOut`."""

CheckLimit: TypeAlias = Literal["time", "connections", "addresses", "hosts", "names"]
"""A limit of a check: see `LeftOut`."""

WellKnownReason: TypeAlias = Literal["", "redirect-insecure", "redirect-endless", "not-json", "ambiguous"]
"""The reason for the result of a well-known request: see `WellKnownProbe`."""

CONTROL = "a.root-servers.net"
"""A name for which every working name server has an answer. It is queried if no other query is answered."""


@attrs.frozen
class AddressFamilies:
    """The address families of the machine that runs the check.

    Attributes:
        ipv4: True if it has IPv4.
        ipv6: True if it has IPv6.
    """

    ipv4: bool = True
    ipv6: bool = True


@attrs.frozen
class DnsReply:
    """The answer of the DNS to one query.

    Attributes:
        name: The queried name.
        record_type: The queried record type.
        records: The addresses, for A and AAAA.
        srv: The records, for SRV.
        canonical_name: The name at which the CNAME chain ended; the queried name if there is no chain.
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
    """The contents of a certificate.

    Attributes:
        names: The DNS names and addresses that it is valid for.
        subject: The subject, in one line.
        issuer: The issuer, in one line.
        not_before: The beginning of its validity, in wall-clock seconds.
        not_after: The end of its validity, in wall-clock seconds.
        has_issuer_url: True if the certificate contains the URL of its issuer's certificate, as certificates from
            public authorities do.
        sha256: The SHA-256 fingerprint.
        is_issuer_sent: True if the server also sent the certificate of its issuer; None if that is not known.
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
    """The response of one address of the well-known host.

    Attributes:
        ip: The address.
        outcome: The result, as the resolver classifies it.
        delegated: The name in ``m.server``, or None.
        lifetime: The freshness lifetime from the headers, in seconds, or None.
        detail: A sentence about the result; may be empty.
        exchanges: The requests: the first one, and one for each redirect.
        certificate: The certificate at the last hop, if the hop sent a delegation or no response; None otherwise, and without a handshake.
        accepts_dhe: True if the handshake at the last hop failed, and the server accepted one with only finite-field Diffie-Hellman (DHE).
        reason: The reason for the result as a code, if *outcome* and *exchanges* do not show it: ``"redirect-insecure"``,
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
    reason: WellKnownReason = ""

    @property
    def last(self) -> HttpExchange | None:
        """The last hop; None if no request could be made."""
        return self.exchanges[-1] if self.exchanges else None

    @property
    def trouble(self) -> ConnectionProblem | None:
        """Why the last hop has no response, or None."""
        return self.last.trouble if self.last else None

    @property
    def last_ip(self) -> str:
        """The address of the last hop. After a redirect, it may be an address of another host."""
        return self.last.ip or self.ip if self.last else self.ip


@attrs.frozen
class KeyFacts:
    """The contents of a response with signing keys, and whether it is signed with them.

    Attributes:
        server_name: The server name in the response; may be empty.
        key_ids: The Ed25519 keys in ``verify_keys``.
        public_keys: The usable keys, each with its bytes in hexadecimal digits.
        valid_until: ``valid_until_ts`` in wall-clock seconds, or None.
        unusable: The IDs of keys that are not valid Ed25519 keys.
        unsigned: The IDs of keys with which the response is not signed.
        forged: The IDs of keys whose signature is wrong.
        fault: Why it is not a valid key response, or an empty string.
        valid_until_fault: Why ``valid_until_ts`` cannot be used, or an empty string.
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
        tls_version: The TLS version, such as ``"TLSv1.3"``; empty without a connection.
        certificate: The certificate of the target, valid or not; None without a handshake.
        version: ``/_matrix/federation/v1/version``; None if there was no connection.
        keys: ``/_matrix/key/v2/server``; None if there was no connection.
        client: ``/_matrix/client/versions``, requested if `version` was not found.
        elsewhere: The version, requested with another Host header because the correct one did not lead to a homeserver.
        key_facts: The contents of *keys*; None if its status was not 200.
        federation: A path of the federation API that requires a signed request, requested if `version` was not found.
        accepts_dhe: True if the handshake failed, and the server accepted one with only finite-field Diffie-Hellman (DHE).
    """

    target: ConnectionTarget
    trouble: ConnectionProblem | None = None
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
        place: The server name, the address, or the DNS query.
        limit: Which limit was reached: ``"time"``, ``"connections"``, ``"addresses"``, ``"hosts"`` or ``"names"``.
    """

    what: LeftOutKind
    place: str
    limit: CheckLimit


@attrs.frozen(kw_only=True)
class Evidence:
    """Everything that was seen.

    Attributes:
        server_name: The name; None if the input is not a valid server name.
        checked_at: The time of the check, in wall-clock seconds.
        resolution: The result of the resolution; None if it failed.
        error: Why the resolution failed; None if it did not fail, or if time ran out first.
        dns: The DNS queries and their answers.
        well_knowns: The response of each address of the well-known host; empty if the name requires no well-known
            request.
        targets: What was seen at each target.
        untried: How many targets were not tried, because there are more than other servers try.
        is_overridden: True if the resolver has an override for the name, or for a host that it leads to.
        reach: The address families of the machine that runs the check.
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
    reach: AddressFamilies = attrs.Factory(AddressFamilies)
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
        """True if no DNS query was answered, not even a query for an unrelated name."""
        was_asked = self.reply(CONTROL, "A") is not None
        return isinstance(self.error, LookupFailed) and was_asked and all(reply.failure for reply in self.dns)

    def reply(self, name: str, record_type: RecordType) -> DnsReply | None:
        """Return the answer to a DNS query; None if the query was not sent."""
        return next((each for each in self.dns if (each.name, each.record_type) == (name, record_type)), None)


def has_invalid_name(evidence: Evidence) -> bool:
    """Return whether the input is not a valid server name, so nothing was checked."""
    return isinstance(evidence.error, InvalidServerName)
