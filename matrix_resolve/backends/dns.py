"""The contract of a DNS backend: it makes one query, and returns the records unchanged.

The library queries both address families, merges the answers and removes duplicates, limits the queries in flight, sets a deadline for each
query, and decides what to do with an SRV target that is a CNAME.
"""

from typing import Literal, Protocol

import attrs

RecordType = Literal["A", "AAAA", "SRV"]


@attrs.frozen(weakref_slot=False)
class SrvRecord:
    """The data of an SRV record.

    Attributes:
        priority: Lowest is tried first; 0 to 65535.
        weight: The relative share within a priority; 0 to 65535.
        port: TCP port; 0 to 65535.
        target: Hostname without the final dot, or ``"."`` if the service is not provided.

    Source: RFC 2782.
    """

    priority: int
    weight: int
    port: int
    target: str


@attrs.frozen(weakref_slot=False)
class DnsAnswer:
    """The answer to one DNS query.

    Attributes:
        records: Addresses as strings, or `SrvRecord` values, in the order of the answer. Empty if there is no such record (both for NXDOMAIN and
            NODATA).
        ttl: Lifetime in seconds: the minimum over the CNAME chain and the records. For an empty answer, the SOA minimum (RFC 2308), the minimum
            of the CNAME records, or None if it is not known.
        canonical_name: The name at which the CNAME chain ended, in lower case without the final dot. Without a CNAME, the name in the query.
    """

    records: tuple[str | SrvRecord, ...]
    ttl: float | None
    canonical_name: str


class NameServerError(Exception):
    """The name servers could not answer. The message says why, and the cause is the exception of the DNS library or the operating system.

    The DNS backends of this library raise it. Other backends may raise any exception.
    """


class DnsBackend(Protocol):
    """Makes DNS queries."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Look up the records of one type at one name.

        Args:
            name: An absolute name in lower case, without the final dot. Never apply a search list to it.
            record_type: ``"A"``, ``"AAAA"`` or ``"SRV"``.
            refresh: True if the answer must not come from the backend's own cache.

        Returns:
            The records of *name*, or of the end of its CNAME chain, without any other records of the reply. If there is no such record, an
            empty answer.

        Raises:
            Exception: Any exception means "could not answer". The library makes it the cause of a `LookupFailed`.

        Source:
            RFC 1034, section 3.6.2 (CNAME); RFC 2308 (empty answers).
        """
        ...
