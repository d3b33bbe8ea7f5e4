"""Checked DNS answers, prepared for use."""

from ipaddress import IPv6Address
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

import attrs

from .._util.local_errors import OF_THIS_MACHINE
from .._util.slots import OverloadError
from ..backends.dns import DnsAnswer, RecordType, SrvRecord
from ..discovery.srv import NO_RECORD, SrvAnswer, classify_srv_records
from ..policy import ResolverPolicy, refresh_point
from ..reasons import Reason
from ..server_name import canonical_text
from .ttl import clamp_ttl

Query = tuple[str, RecordType]

_ORDINARY = 8  # records: an answer with fewer counts as one


@attrs.frozen(weakref_slot=False)
class CachedAnswer:
    """A checked answer, prepared for use.

    Attributes:
        addresses: For A and AAAA, the distinct addresses in canonical form.
        srv: For SRV, the usable records.
        canonical_name: The name at which the CNAME chain ended.
        expires_at: The time until which the answer may be used.
        refresh_at: When it becomes due for refresh.
        serial: When its query began, as a serial number.
        cut: How many addresses there were, if there were too many, or None.
    """

    addresses: tuple[str, ...]
    srv: SrvAnswer
    canonical_name: str
    expires_at: float
    refresh_at: float
    serial: int
    cut: Reason | None = None

    @property
    def weight(self) -> int:
        """How many ordinary answers it counts as: a hostile answer has up to 128 records."""
        return 1 + (len(self.addresses) + len(self.srv.records)) // _ORDINARY


@attrs.frozen
class FailedQuery:
    """A query that failed.

    Attributes:
        cause: The exception.
        reason: What happened, in a few words.
    """

    cause: Exception
    reason: str

    @property
    def is_ours(self) -> bool:
        """True if this process or machine caused the failure: no slot or file descriptor was free, or the event loop was late."""
        number = self.cause.errno if isinstance(self.cause, OSError) else None
        return isinstance(self.cause, OverloadError) or number in OF_THIS_MACHINE


def checked_answer(query: Query, answer: DnsAnswer, *, now: float, serial: int, policy: ResolverPolicy) -> CachedAnswer:
    """Return the records of *answer* that are used, and the time until which they may be used.

    Args:
        query: The query. Records of other types are dropped.
        answer: The answer of the backend.
        now: The time, by `SteadyClock`.
        serial: When the query began, as a serial number.
        policy: Limits and lifetimes.
    """
    name, record_type = query
    addresses, srv, cut = _addresses(answer, record_type), NO_RECORD, None
    if record_type == "SRV":
        records = [record for record in answer.records if isinstance(record, SrvRecord)]
        srv = classify_srv_records(records, at_most=policy.max_srv_records)
    if len(addresses) > policy.max_addresses:
        cut = Reason.of("addresses-cut", count=len(addresses), kept=policy.max_addresses)
    expires_at = now + clamp_ttl(answer.ttl, empty=not addresses and not srv.found, policy=policy)
    return CachedAnswer(
        addresses=addresses[: policy.max_addresses],
        srv=srv,
        canonical_name=answer.canonical_name.lower().removesuffix(".") or name,
        expires_at=expires_at,
        refresh_at=refresh_point(now, expires_at, policy),
        serial=serial,
        cut=cut,
    )


def _addresses(answer: DnsAnswer, record_type: RecordType) -> tuple[str, ...]:
    """Return the distinct addresses of the queried family. Anything else in the records is dropped."""
    if record_type == "SRV" or not answer.records:
        return ()
    read = _ipv4 if record_type == "A" else _ipv6
    texts = [record for record in answer.records if isinstance(record, str)]
    return tuple(dict.fromkeys(ip for ip in map(read, texts) if ip is not None))


def _ipv4(text: str) -> str | None:
    try:
        return inet_ntop(AF_INET, inet_pton(AF_INET, text))  # the same result as `ipaddress`, five times as fast
    except (OSError, ValueError):
        return None


def _ipv6(text: str) -> str | None:
    try:
        canonical = inet_ntop(AF_INET6, inet_pton(AF_INET6, text))
        # With an IPv4 address inside, the canonical forms of `inet_ntop` and `canonical_text` differ.
        return canonical_text(IPv6Address(text)) if "." in canonical else canonical
    except (OSError, ValueError):
        return None
