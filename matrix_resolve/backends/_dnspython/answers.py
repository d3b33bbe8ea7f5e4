"""Makes an answer from a parsed reply: records, an empty answer with its lifetime, or an error."""

from collections.abc import Iterable
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rdtypes.IN.A
import dns.rdtypes.IN.AAAA
import dns.rdtypes.IN.SRV

from ..._util.escaping import printable
from ..dns import DnsAnswer, NameServerError, SrvRecord


def read_reply(reply: dns.message.Message) -> DnsAnswer:
    """Return the records at the end of the CNAME chain, and their lifetime.

    Args:
        reply: A reply to the question in its question section.

    Raises:
        NameServerError: If the reply says that the name server could not answer, is truncated, or is inconsistent.

    Source:
        RFC 2308, section 5: the lifetime of an empty answer is the smaller of the SOA record's own TTL and its minimum.
    """
    if reply.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        raise NameServerError(f"the name server responds with {dns.rcode.to_text(reply.rcode())}")
    if not isinstance(reply, dns.message.QueryMessage) or reply.flags & dns.flags.TC:
        raise NameServerError("the name server's reply is truncated")
    try:
        found = reply.resolve_chaining()
    except dns.exception.DNSException as error:
        raise NameServerError(f"the name server's reply is inconsistent: {printable(str(error))}") from error
    canonical_name = _text(found.canonical_name).lower()
    if found.answer is not None:
        return DnsAnswer(tuple(map(_data, found.answer)), found.minimum_ttl, canonical_name)
    lifetimes = [*(alias.ttl for alias in found.cnames), *_negative_lifetimes(reply, found.canonical_name)]
    return DnsAnswer((), min(lifetimes, default=None), canonical_name)


def _negative_lifetimes(reply: dns.message.Message, name: dns.name.Name) -> list[int]:
    """Return the lifetimes in the SOA record of the zone of *name*. If there is no such record, dnspython returns a number that it has invented."""
    owner = name
    while True:
        soa = reply.get_rrset(reply.authority, owner, dns.rdataclass.IN, dns.rdatatype.SOA)
        if soa is not None:
            records = cast("Iterable[object]", soa)
            return [soa.ttl, *(data.minimum for data in records if isinstance(data, dns.rdtypes.ANY.SOA.SOA))]
        if owner == dns.name.root:
            return []
        owner = owner.parent()


def _data(data: object) -> str | SrvRecord:
    if isinstance(data, dns.rdtypes.IN.SRV.SRV):
        return SrvRecord(data.priority, data.weight, data.port, _text(data.target))
    if isinstance(data, dns.rdtypes.IN.A.A | dns.rdtypes.IN.AAAA.AAAA):
        return str(data.address)
    raise TypeError(type(data))


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def is_lame(reply: dns.message.Message) -> bool:
    """Return whether an empty reply proves nothing: it is not authoritative, and has no recursion and no SOA (RFC 2308, section 2.2)."""
    has_soa = any(rrset.rdtype == dns.rdatatype.SOA for rrset in reply.authority)
    says_nothing = reply.rcode() == dns.rcode.NOERROR and not reply.answer and not has_soa
    return says_nothing and not reply.flags & (dns.flags.AA | dns.flags.RA)
