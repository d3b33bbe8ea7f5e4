"""The contract of a DNS backend: one question, its records as given.

The library, not the backend, asks both address families, merges and de-duplicates, limits the questions in flight, gives each a deadline and
decides what a CNAME behind an SRV target means.
"""

from typing import Literal, Protocol

import attrs

RecordType = Literal["A", "AAAA", "SRV"]


@attrs.frozen(weakref_slot=False)
class SrvRecord:
    """The data of an SRV record.

    Attributes:
        priority: Lowest is tried first; 0 to 65535.
        weight: Share within a priority; 0 to 65535.
        port: TCP port; 0 to 65535.
        target: Hostname without the final dot; ``"."`` where the service is not provided.

    Source: RFC 2782.
    """

    priority: int
    weight: int
    port: int
    target: str


@attrs.frozen(weakref_slot=False)
class DnsAnswer:
    """What the DNS said to one question.

    Attributes:
        records: Addresses as text, or `SrvRecord` values, in the order of the answer; empty if there is no such record
            (NXDOMAIN and NODATA alike).
        ttl: Lifetime in seconds: the minimum over the CNAME chain and the records; for an empty answer the SOA minimum (RFC 2308),
            that of the CNAME records, or None where it is not known.
        canonical_name: The name at which the CNAME chain ended, in lower case without the final dot; the question's own name without one.
    """

    records: tuple[str | SrvRecord, ...]
    ttl: float | None
    canonical_name: str


class NameServerError(Exception):
    """The name servers could not answer; the message says how, and what a library or the operating system raised is the cause.

    The library's own DNS backends raise it. Others may raise what they like.
    """


class DnsBackend(Protocol):
    """Answers one DNS question at a time."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Ask for the records of one type at one name.

        Args:
            name: Absolute, in lower case, without the final dot. No search list may ever be applied to it.
            record_type: ``"A"``, ``"AAAA"`` or ``"SRV"``.
            refresh: True if the answer must not come from a cache below.

        Returns:
            The records that belong to *name* or to the end of its CNAME chain, and nothing else that the reply may hold.

        Raises:
            Exception: Any exception means "could not answer"; the library wraps it once, with its cause, in `LookupFailed`.
                That there is no such record is no error.

        Source:
            RFC 1034, section 3.6.2 (CNAME); RFC 2308 (empty answers).
        """
        ...
