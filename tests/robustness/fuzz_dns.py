"""Fuzzing of DNS answers, of SRV records and of their order."""

import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

import attrs

from matrix_resolve._dns.ttl import clamp_ttl
from matrix_resolve.backends._aiodns.answers import read_answer
from matrix_resolve.backends.dns import DnsAnswer, RecordType, SrvRecord
from matrix_resolve.discovery.srv import SrvAnswer, classify_srv_records
from matrix_resolve.policy import ResolverPolicy

from .fuzz_mutations import hostile_text, maybe_damaged, rarely
from .fuzz_names import make_dns_name, make_ip_v4, make_ip_v6
from .fuzz_target import Target, must

_POLICY = ResolverPolicy()
_TYPES: dict[RecordType, int] = {"A": 1, "AAAA": 28, "SRV": 33}
_CNAME, _TEXT = 5, 16
_NUMBERS = (0, 1, 80, 443, 8448, 65_535, 65_536, -1, 2**31)
_TTLS = (0, 1, 30, 300, 86_400, 2**31 - 1, 2**31, 2**32 - 1, -1)
_TARGETS = (
    "", ".", "..", "a.example.", "A.Example", "a\\.b.example", "a\\032b.example", "\\000.example", "_x.example", "192.0.2.9", "2001:db8::1",
    "[::1]", "0x7f.1", "a" * 64, "a." * 127, "a.example\n", "\u212aelvin.example", "xn--a", "*.example", "a.example\\", "a..b",
)  # fmt: skip
_TO_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_TARGET = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_DIGITS = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MOST_OF_A_SENTENCE = 3000


@attrs.frozen
class Address:
    """The data of an A or AAAA record, under the name that c-ares' binding gives it."""

    addr: str


@attrs.frozen
class Alias:
    """The data of a CNAME record."""

    cname: str


@attrs.frozen
class Record:
    """A record of an answer section, with the attributes that c-ares' binding gives it."""

    name: str
    type: int
    record_class: int
    ttl: int
    data: Address | Alias | SrvRecord | None


@attrs.frozen
class Reply:
    """A question and the answer section of the reply to it."""

    name: str
    record_type: RecordType
    records: tuple[Record, ...]


def make_reply(random: Random) -> Reply:
    """Give a reply with records of everybody and CNAME records in chains and circles."""
    names = ["k.example", *(f"{letter}.example" for letter in "bcde")]
    if rarely(random, 200):
        names += [f"n{number}.example" for number in range(30)]
        chain = [_cname(random, owner, target) for owner, target in pairwise(names)]
    else:
        chain = []
    count = int(random.random() * 9) if not rarely(random, 1000) else 2000
    records = [*chain, *(_record(random, names) for _ in range(count))]
    random.shuffle(records)
    return Reply(names[0], random.choice(("A", "A", "AAAA", "SRV")), tuple(records))


def _cname(random: Random, owner: str, target: str) -> Record:
    return Record(owner, _CNAME, 1, random.choice(_TTLS), Alias(target))


def _record(random: Random, names: Sequence[str]) -> Record:
    record_type = random.choice((1, 1, 1, 28, 33, _CNAME, _CNAME, _TEXT, 65_535))
    data: Address | Alias | SrvRecord | None = None
    if record_type in {1, 28}:
        data = Address((make_ip_v4 if record_type == 1 else make_ip_v6)(random))
    elif record_type == _CNAME:
        data = Alias(_spelt(random, random.choice(names)))
    elif record_type == 33:
        data = make_srv_record(random)
    record_class = 1 if random.random() < 0.9 else random.choice((0, 3, 254, 255))
    owner = _spelt(random, random.choice((names[0], *names[:4])))
    return Record(owner, record_type, record_class, random.choice(_TTLS), data)


def _spelt(random: Random, name: str) -> str:
    """Write *name* as it may be written, or so that it is another one that looks like it."""
    spelling = int(random.random() * 24)
    if spelling > 5:
        return name
    spellings = (
        name.upper(),
        name + ".",
        name + "..",
        name.replace("k", "\u212a"),
        name.replace(".", "\\."),
        "x." + name,
    )
    return maybe_damaged(random, spellings[spelling], 0.1)


def make_srv_record(random: Random) -> SrvRecord:
    """Give an SRV record whose target may be raw presentation text or worse."""
    kind = random.random()
    if kind < 0.5:
        target = random.choice(_TARGETS)
    else:
        target = maybe_damaged(random, make_dns_name(random)) if kind < 0.9 else hostile_text(random, 20)
    weight = int(random.random() * 65_536)
    return SrvRecord(int(random.random() * 3), weight, random.choice(_NUMBERS), target)


def check_reply(read: Callable[[str, RecordType, Sequence[Record]], DnsAnswer], reply: Reply) -> str:
    """An answer holds all records at the end of the chain, in their order, and no record of anybody else."""
    answer = read(reply.name, reply.record_type, reply.records)
    internet = [record for record in reply.records if record.record_class == 1]
    end = answer.canonical_name
    must(end in _reachable(reply.name, internet), "the chain of aliases begins at the question's name")
    own = [one for one in internet if one.type == _TYPES[reply.record_type] and _lower(one.name) == end]
    must(answer.records == tuple(map(_data, own)), "the records are those of the end of the chain, and only those")
    must(answer.ttl is None or answer.ttl in {one.ttl for one in internet}, "a TTL is one of the answer's own")
    must(not own or (answer.ttl is not None and answer.ttl <= min(one.ttl for one in own)), "the least TTL counts")
    seconds = clamp_ttl(answer.ttl, empty=not own, policy=_POLICY)
    must(math.isfinite(seconds) and _POLICY.dns_min_ttl <= seconds <= _POLICY.dns_max_ttl, "a TTL is within the policy")
    if reply.record_type == "SRV":
        check_srv(classify_srv_records, [one for one in answer.records if isinstance(one, SrvRecord)])
    return f"{'records' if own else 'empty'}, {'alias' if end != reply.name else 'own name'}"


def _reachable(name: str, internet: Sequence[Record]) -> set[str]:
    """Give every name to which any of the CNAME records may lead."""
    found, new = set[str](), {name}
    while new:
        found |= new
        links = [one for one in internet if isinstance(one.data, Alias) and _lower(one.name) in new]
        new = {_lower(one.data.cname) for one in links if isinstance(one.data, Alias)} - found
    return found


def _lower(name: str) -> str:
    """Fold the letters that the DNS folds (RFC 4343) and drop the final dot."""
    return name.translate(_TO_LOWER).removesuffix(".")


def _data(record: Record) -> str | SrvRecord:
    if isinstance(record.data, SrvRecord):
        return attrs.evolve(record.data, target=record.data.target or ".")
    return record.data.addr if isinstance(record.data, Address) else ""


def make_srv(random: Random) -> Sequence[SrvRecord]:
    """Give the records of an SRV answer."""
    return [make_srv_record(random) for _ in range(int(random.random() * 6) if not rarely(random, 500) else 300)]


def check_srv(judge: Callable[..., SrvAnswer], records: Sequence[SrvRecord]) -> str:
    """What is kept is a hostname with a port of TCP, and each of the rest has its sentence."""
    answer = judge(records, at_most=_POLICY.max_srv_records)
    must(answer.found == bool(records), "any record counts as found")
    must(
        answer.provided == (not records or any(one.target not in {"", "."} for one in records)), "only the root says no"
    )
    _check_kept(answer, records)
    must(len(set(answer.records)) == len(answer.records) <= _POLICY.max_srv_records, "records are few and distinct")
    must(_ascending([record.priority for record in answer.records]), "priorities ascend")
    for sentence in map(str, answer.skipped):
        must(sentence.isprintable() and len(sentence) <= _MOST_OF_A_SENTENCE, "a sentence is short and printable")
    return (
        ("usable" if answer.records else "unusable" if answer.provided else "not provided") if records else "no record"
    )


def _check_kept(answer: SrvAnswer, records: Sequence[SrvRecord]) -> None:
    given = {(one.priority, one.weight, one.port, _lower(one.target)) for one in records}
    for record in answer.records:
        must((record.priority, record.weight, record.port, record.target) in given, "what is kept was given")
        must(1 <= record.port <= 65_535, "a port is one of TCP")
        must(
            _TARGET.fullmatch(record.target) and len(record.target) <= 253,
            "a target is a hostname that the DNS carries",
        )
        must(not _DIGITS.fullmatch(record.target.rpartition(".")[2]), "no target is an address")


def _ascending(numbers: Sequence[int]) -> bool:
    return all(first <= second for first, second in pairwise(numbers))


REPLIES = Target(make_reply, read_answer, check_reply)
SRV_RECORDS = Target(make_srv, classify_srv_records, check_srv)
