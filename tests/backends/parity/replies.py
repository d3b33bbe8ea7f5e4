"""Functions that decide what a name server does with a query. Rows combine them."""

from collections.abc import Callable, Sequence

from .row import CLOSE, TRAP, Reply, Sending
from .wire import COOKIE, FORMERR, QR, RA, RD, TC, Query, message, opt, raw_record, record

TTL = 300
ADDRESS = "192.0.2.1"
OK = (f"@ {TTL} A {ADDRESS}",)
SOA = f"example {TTL} SOA ns.example. host.example. 1 3600 600 86400 60"
_TO_FIT = 512  # octets, without EDNS: RFC 1035, section 4.2.1


def section(query: Query, lines: Sequence[str | bytes]) -> list[bytes]:
    """Return the encoded records of a section."""
    return [record(line, query) if isinstance(line, str) else line for line in lines]


def says(
    *answer: str | bytes,
    authority: Sequence[str | bytes] = (),
    additional: Sequence[str | bytes] = (),
    rcode: int = 0,
    flags: int = QR | RD | RA,
    with_opt: bool = True,
    after: bytes = b"",
) -> Reply:
    """Return a reply with records and, if the query has one, an OPT record."""

    def reply(query: Query) -> Sequence[Sending]:
        extra = section(query, additional)
        if with_opt and query.has_edns:
            extra.append(opt(extended_rcode=rcode >> 4))
        sections = section(query, answer), section(query, authority), extra
        return [Sending(message(query, *sections, rcode=rcode, flags=flags) + after)]

    return reply


RIGHT = says(*OK)
FORGED = says(f"@ {TTL} A {TRAP}")


def refuses(rcode: int, *, with_opt: bool = False) -> Reply:
    """Return a reply with an error and no records."""
    return says(rcode=rcode, with_opt=with_opt)


def silent(_: Query) -> Sequence[Sending]:
    """Send nothing."""
    return []


def sends(make: Callable[[Query], bytes]) -> Reply:
    """Return a reply of one message."""
    return lambda query: [Sending(make(query))]


def in_turn(*replies: Reply) -> Reply:
    """Return a reply that uses each of *replies* once, and then the last one for ever."""
    return lambda query: replies[min(query.count, len(replies) - 1)](query)


def together(*replies: Reply) -> Reply:
    """Return a reply that sends all of *replies*."""
    return lambda query: [sending for reply in replies for sending in reply(query)]


def late(seconds: float, reply: Reply = RIGHT) -> Reply:
    """Return a reply with a delay."""
    return lambda query: [Sending(sending.wire, delay=seconds) for sending in reply(query)]


def edns(with_it: Reply, without: Reply = RIGHT) -> Reply:
    """Return a reply that uses *with_it* for queries with an OPT record, and *without* for others."""
    return lambda query: (with_it if query.has_edns else without)(query)


def tcp(over_tcp: Reply, over_udp: Reply) -> Reply:
    """Return a reply that uses *over_tcp* over TCP, and *over_udp* over UDP."""
    return lambda query: (over_tcp if query.over_tcp else over_udp)(query)


TRUNCATED = says(flags=QR | RD | RA | TC)


def closes(*sent: bytes) -> Reply:
    """Return a reply over TCP that sends bytes without a length and closes the connection."""
    return lambda _: [*(Sending(each, is_framed=False) for each in sent), CLOSE]


def with_opt(*records: bytes, where: int = 2, always: bool = True) -> Reply:
    """Return the right reply with more records in a section: 0 is the answer section, 2 the additional one."""

    def reply(query: Query) -> Sequence[Sending]:
        sections: list[list[bytes]] = [section(query, OK), [], []]
        if always or query.has_edns:
            sections[where] += records
        return [Sending(message(query, *sections))]

    return reply


def cookie(make: Callable[[Query], bytes], *, always: bool = False, rcode: int = 0) -> Reply:
    """Return a reply with a cookie, and with the right answer if *rcode* is zero.

    A query without a cookie gets a reply without one, unless *always* is true.
    """

    def reply(query: Query) -> Sequence[Sending]:
        if not (always or query.cookie):
            return RIGHT(query)
        answer = section(query, OK) if rcode == 0 else []
        additional = [opt((COOKIE, make(query)), extended_rcode=rcode >> 4)]
        return [Sending(message(query, answer, [], additional, rcode=rcode))]

    return reply


def of_this_server(query: Query) -> bytes:
    """Return the right cookie: the client's part, and the server's. Source: RFC 7873, section 4."""
    return query.cookie[:8] + b"\x07" * 8


def drops_above(octets: int, reply: Reply) -> Reply:
    """Return a reply that drops datagrams above a size, and truncates them for clients that cannot accept that much."""

    def filtered(query: Query) -> Sequence[Sending]:
        payload = max(_TO_FIT, query.message.payload) if query.has_edns else _TO_FIT
        sendings = reply(query)
        if query.over_tcp or len(sendings[0].wire) <= min(octets, payload):
            return sendings
        return [] if len(sendings[0].wire) <= payload else TRUNCATED(query)

    return filtered


def fitting(reply: Reply) -> Reply:
    """Return a reply that sets TC if it does not fit into a datagram, as a correct name server does."""
    return drops_above(65535, reply)


def formerr_without_question(query: Query) -> bytes:
    """Return FORMERR as old name servers send it: nothing but the header."""
    return message(query, rcode=FORMERR, question=b"")


def srv(target: bytes) -> Callable[[Query], bytes]:
    """Return a function that encodes an SRV reply with a raw target."""
    return lambda query: message(
        query,
        [raw_record(b"\xc0\x0c", 33, b"\x00\x0a\x00\x05\x21\x00" + target)],
        [],
        [opt()] if query.has_edns else [],
    )
