"""Bugs that the fuzzer has to find. Each function replaces the code under test and has one bug."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin

import attrs

from matrix_resolve._well_known.codec import DelegationState, decode
from matrix_resolve._well_known.document import Document, InvalidDocument, parse_document
from matrix_resolve._well_known.redirects import next_url
from matrix_resolve.address_policy import AddressPolicy
from matrix_resolve.backends._aiodns.answers import read_answer
from matrix_resolve.backends.dns import DnsAnswer, RecordType, SrvRecord
from matrix_resolve.cli import main
from matrix_resolve.discovery.srv import SrvAnswer, classify_srv_records, order_by_rfc_2782
from matrix_resolve.identifiers import server_name_of
from matrix_resolve.policy import ResolverPolicy
from matrix_resolve.reasons import Reason
from matrix_resolve.server_name import ServerName

from .fuzz_dns import Record
from .fuzz_headers import Headers, Seconds, read_headers


def trims(text: str) -> ServerName:
    """Repair a name that must be refused."""
    return ServerName.parse(text.strip())


def knows_no_surrogates(text: str) -> ServerName:
    """Raise an error that is not the library's own."""
    text.encode()
    return ServerName.parse(text)


def folds_case(text: str) -> ServerName:
    """Change the spelling, which is part of the identity."""
    return ServerName.parse(text.lower())


def splits_at_the_last_colon(text: str) -> ServerName | None:
    """Mistake the port for the domain."""
    return server_name_of(text) and ServerName.parse(text.rpartition(":")[2])


def trusts_the_standard_library(ip: str) -> str | None:
    """Allow an address that wraps a private one."""
    try:
        return None if ip_address(ip).is_global else "not global"
    except ValueError:
        return "not an IP address"


def escapes_line_ends_alone(text: str, *, limit: int) -> str:
    """Escape nothing but line ends."""
    return text.replace("\n", "\\n")[:limit] + ("…" if len(text) > limit else "")


def guesses_the_encoding(body: bytes) -> Document:
    """Accept UTF-16 and NaN."""
    try:
        return Document(ServerName.parse(json.loads(body)["m.server"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidDocument("is no document") from None


def shows_the_body(body: bytes) -> Document:
    """Put a body from outside into a message without escaping it."""
    try:
        return parse_document(body)
    except InvalidDocument:
        raise InvalidDocument(f"is no document: {body.decode('utf-8', 'replace')}") from None


def forgets_the_depth(body: bytes) -> Document:
    """Parse a deeply nested body with unlimited depth."""
    with suppress(ValueError):
        json.loads(body)
    return parse_document(body)


def counts_in_floats(headers: Headers) -> Seconds:
    """Turn a very long number into infinity."""
    lifetime, wait = read_headers(headers)
    digits = next((value for name, value in headers if name == "Retry-After" and value.isdecimal()), None)
    return lifetime, wait if digits is None else float(digits)


def keeps_what_must_not_be_stored(headers: Headers) -> Seconds:
    """Ignore no-store."""
    return read_headers(tuple((name, value.replace("no-store", "public")) for name, value in headers))


def follows_whatever(url: str, location: str) -> str:
    """Follow http, user parts and control characters."""
    return urljoin(url, location)


def keeps_the_default_port(url: str, location: str) -> str:
    """Return two different URLs for the same resource, so that a redirect loop is not recognised."""
    return next_url(url, location).replace("/", ":443/", 3).replace(":443/", "/", 2)


def believes_every_owner(name: str, record_type: RecordType, records: Sequence[Record]) -> DnsAnswer:
    """Accept the records of every owner."""
    return read_answer(name, record_type, [attrs.evolve(one, name=name) if one.type == 1 else one for one in records])


def believes_every_class(name: str, record_type: RecordType, records: Sequence[Record]) -> DnsAnswer:
    """Accept records of class CHAOS."""
    return read_answer(name, record_type, [attrs.evolve(one, record_class=1) for one in records])


def runs_in_a_circle(name: str, record_type: RecordType, records: Sequence[Record]) -> DnsAnswer:
    """Follow a loop of aliases for ever."""
    aliases = {one.name: getattr(one.data, "cname", "") for one in records if one.type == 5 and one.record_class == 1}
    owner = name
    while owner in aliases:
        owner = aliases[owner]
    return read_answer(name, record_type, records)


def connects_to_port_zero(records: Sequence[SrvRecord], *, at_most: int) -> SrvAnswer:
    """Keep a record that nobody can use."""
    answer = classify_srv_records(records, at_most=at_most)
    return attrs.evolve(
        answer, records=(*answer.records, *(one for one in records if one.port == 0 and not answer.records))
    )


def forgets_one(records: Sequence[SrvRecord], random: Callable[[], float]) -> Sequence[SrvRecord]:
    """Lose a record when the random number is 0."""
    ordered = order_by_rfc_2782(records, random)
    return ordered if random() else ordered[:-1]


def mixes_priorities(records: Sequence[SrvRecord], random: Callable[[], float]) -> Sequence[SrvRecord]:
    """Ignore priorities and draw only by weight."""
    return order_by_rfc_2782(sorted(records, key=lambda record: record.weight), random)[::-1]


def knows_no_bounds(data: bytes, *, now: float, policy: ResolverPolicy) -> DelegationState | None:
    """Believe a record that holds for ever."""
    boundless = copy.copy(policy)
    object.__setattr__(boundless, "well_known_max_ttl", 1e308)  # a policy refuses it, which is not what is planted here
    return decode(data, now=now, policy=boundless)


def believes_the_cache(data: bytes, *, now: float, policy: ResolverPolicy) -> DelegationState | None:
    """Use the texts of a record as they are."""
    record = decode(data, now=now, policy=policy)
    return None if record is None else attrs.evolve(record, reason=Reason(str(json.loads(data)["reason"])))


def shows_the_argument(arguments: Sequence[str]) -> int:
    """Print the arguments without escaping them."""
    print(*arguments)  # noqa: T201 - this is the bug
    return 1


def knows_no_invalid_name(arguments: Sequence[str]) -> int:
    """Raise an exception for an invalid name, which prints a traceback."""
    for argument in arguments[1:]:
        ServerName.parse(argument)
    return main(arguments)


PLANTED: Mapping[str, Sequence[Callable[..., Any]]] = {
    "server-names": (trims, knows_no_surrogates, folds_case),
    "identifiers": (splits_at_the_last_colon,),
    "well-known-bodies": (guesses_the_encoding, shows_the_body, forgets_the_depth),
    "freshness-headers": (counts_in_floats, keeps_what_must_not_be_stored),
    "redirects": (follows_whatever, keeps_the_default_port),
    "dns-answers": (believes_every_owner, believes_every_class),
    "srv-records": (connects_to_port_zero,),
    "srv-order": (forgets_one, mixes_priorities),
    "cache-records": (knows_no_bounds, believes_the_cache),
    "addresses": (trusts_the_standard_library, AddressPolicy(allow=["64:ff9b::/96"]).refusal),
    "printable": (escapes_line_ends_alone,),
    "command-lines": (shows_the_argument, knows_no_invalid_name),
}
