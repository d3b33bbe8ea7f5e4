"""Bugs of the kind that the fuzzer is there for, each in the place of the code under test: a fuzzer that finds none of them proves nothing."""

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
    """Repair what has to be refused."""
    return ServerName.parse(text.strip())


def knows_no_surrogates(text: str) -> ServerName:
    """Raise something else than the library's own error."""
    text.encode()
    return ServerName.parse(text)


def folds_case(text: str) -> ServerName:
    """Change the spelling of what is an identity."""
    return ServerName.parse(text.lower())


def splits_at_the_last_colon(text: str) -> ServerName | None:
    """Take the port for the domain."""
    return server_name_of(text) and ServerName.parse(text.rpartition(":")[2])


def trusts_the_standard_library(ip: str) -> str | None:
    """Allow what wraps a private address."""
    try:
        return None if ip_address(ip).is_global else "not global"
    except ValueError:
        return "not an IP address"


def escapes_line_ends_alone(text: str, *, limit: int) -> str:
    """Let everything else through."""
    return text.replace("\n", "\\n")[:limit] + ("…" if len(text) > limit else "")


def guesses_the_encoding(body: bytes) -> Document:
    """Read UTF-16 as well, and NaN."""
    try:
        return Document(ServerName.parse(json.loads(body)["m.server"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidDocument("is no document") from None


def shows_the_body(body: bytes) -> Document:
    """Put what came from outside into a message as it is."""
    try:
        return parse_document(body)
    except InvalidDocument:
        raise InvalidDocument(f"is no document: {body.decode('utf-8', 'replace')}") from None


def forgets_the_depth(body: bytes) -> Document:
    """Let a bomb go off."""
    with suppress(ValueError):
        json.loads(body)
    return parse_document(body)


def counts_in_floats(headers: Headers) -> Seconds:
    """Let a very long number become infinite."""
    lifetime, wait = read_headers(headers)
    digits = next((value for name, value in headers if name == "Retry-After" and value.isdecimal()), None)
    return lifetime, wait if digits is None else float(digits)


def keeps_what_must_not_be_stored(headers: Headers) -> Seconds:
    """Know no directives but max-age."""
    return read_headers(tuple((name, value.replace("no-store", "public")) for name, value in headers))


def follows_whatever(url: str, location: str) -> str:
    """Follow http, other users and control characters."""
    return urljoin(url, location)


def keeps_the_default_port(url: str, location: str) -> str:
    """Give two URLs for one place, so that a circle is none."""
    return next_url(url, location).replace("/", ":443/", 3).replace(":443/", "/", 2)


def believes_every_owner(name: str, record_type: RecordType, records: Sequence[Record]) -> DnsAnswer:
    """Take the records of everybody."""
    return read_answer(name, record_type, [attrs.evolve(one, name=name) if one.type == 1 else one for one in records])


def believes_every_class(name: str, record_type: RecordType, records: Sequence[Record]) -> DnsAnswer:
    """Take the records of class CHAOS, too."""
    return read_answer(name, record_type, [attrs.evolve(one, record_class=1) for one in records])


def runs_in_a_circle(name: str, record_type: RecordType, records: Sequence[Record]) -> DnsAnswer:
    """Follow aliases for ever."""
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
    """Lose a record where chance is at its edge."""
    ordered = order_by_rfc_2782(records, random)
    return ordered if random() else ordered[:-1]


def mixes_priorities(records: Sequence[SrvRecord], random: Callable[[], float]) -> Sequence[SrvRecord]:
    """Draw by weight alone."""
    return order_by_rfc_2782(sorted(records, key=lambda record: record.weight), random)[::-1]


def knows_no_bounds(data: bytes, *, now: float, policy: ResolverPolicy) -> DelegationState | None:
    """Believe a record that holds for ever."""
    return decode(data, now=now, policy=attrs.evolve(policy, well_known_max=1e308))


def believes_the_cache(data: bytes, *, now: float, policy: ResolverPolicy) -> DelegationState | None:
    """Use the texts of a record as they are."""
    record = decode(data, now=now, policy=policy)
    return None if record is None else attrs.evolve(record, reason=Reason(str(json.loads(data)["reason"])))


def shows_the_argument(arguments: Sequence[str]) -> int:
    """Print what was given as it was given."""
    print(*arguments)  # noqa: T201 - that is the bug
    return 1


def knows_no_invalid_name(arguments: Sequence[str]) -> int:
    """End with a traceback."""
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
