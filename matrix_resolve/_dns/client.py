"""DNS questions: the answers of this process, one flight per question, so many in flight, each under a deadline.

DNS answers stay in the process: they are short-lived and cheap, and no address is ever taken from a shared store.
Source: RFC 1035 section 7.4 and RFC 2308 (what may be kept); RFC 2181 section 8 (TTL).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from ipaddress import IPv6Address
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

import attrs

from .._cache_mode import NOT_DUE, CacheMode
from .._context import LoopContext
from .._util.escaping import printable
from .._util.local_errors import OF_THIS_MACHINE
from .._util.single_flight import Flight, SingleFlight
from .._util.slots import OverloadError, Slots
from .._util.zones import zone_of
from ..backends.dns import DnsAnswer, DnsBackend, RecordType, SrvRecord
from ..discovery.srv import NO_RECORD, SrvAnswer, judge_srv_records
from ..policy import ResolverPolicy, refresh_point
from ..server_name import canonical_text
from .ttl import clamp_ttl

Question = tuple[str, RecordType]

_ORDINARY = 8  # records: fewer count as nothing
_MAX_WAIT = 4.0  # seconds to wait for a slot: together with the answer, less than the timeout of a well-known request


@attrs.frozen(weakref_slot=False)
class Answered:
    """A checked answer, prepared for use.

    Attributes:
        addresses: For A and AAAA: distinct addresses in canonical text.
        srv: For SRV: the outcome.
        canonical_name: Where the CNAME chain ended.
        expires_at: Until when it may be used.
        refresh_at: When it becomes due for refresh.
        serial: When its query began.
        remark: A sentence about what was dropped, or an empty string.
    """

    addresses: tuple[str, ...]
    srv: SrvAnswer
    canonical_name: str
    expires_at: float
    refresh_at: float
    serial: int
    remark: str = ""

    @property
    def weight(self) -> int:
        """As how many ordinary answers it counts: a hostile one has up to 128 records."""
        return 1 + (len(self.addresses) + len(self.srv.records)) // _ORDINARY


@attrs.frozen
class Unanswered:
    """The question failed.

    Attributes:
        cause: The exception.
        reason: What happened, in a few words.
    """

    cause: Exception
    reason: str

    @property
    def is_ours(self) -> bool:
        """True if this process or machine is to blame: no slot or descriptor was free, or the event loop was late."""
        number = self.cause.errno if isinstance(self.cause, OSError) else None
        return isinstance(self.cause, OverloadError) or number in OF_THIS_MACHINE


@attrs.frozen
class Asked:
    """What came of a question.

    Attributes:
        question: The question.
        outcome: The answer or failure.
        seconds: For how long it was waited for.
        cached: True if the answer was known.
    """

    question: Question
    outcome: Answered | Unanswered
    seconds: float = 0.0
    cached: bool = False


class DnsQuestions:
    """Asks DNS questions and keeps the answers. It belongs to one event loop.

    Args:
        backend: Answers one question.
        context: What the parts of a resolver share.
    """

    def __init__(self, backend: DnsBackend, context: LoopContext) -> None:
        self._backend = backend
        self._context = context
        self._policy = context.policy
        self._clock = context.clock
        self._stats = context.stats
        # OrderedDict: finding the first key of a dict scans all keys deleted before it.
        self._answers: OrderedDict[Question, Answered] = OrderedDict()
        self._weight = 0
        self._flights: SingleFlight[Question, Answered | Unanswered] = SingleFlight(context.serials)
        self.slots: Slots = Slots(self._policy.max_dns_questions, max_wait=_MAX_WAIT)
        self._loop = asyncio.get_running_loop()
        self._answered_at: dict[str, float] = {}  # the last two zones that answered, and when

    async def ask(self, questions: Sequence[Question], mode: CacheMode) -> list[Asked]:
        """Return answers to questions: from the cache where that is acceptable, and otherwise by asking, all at the same time.

        If asking again fails, a cached answer is used for the rest of its lifetime, unless it was invalidated.

        Args:
            questions: Each a lower-case DNS name without the final dot, and a type of record.
            mode: Which known answers are acceptable.

        Returns:
            The result of each question.
        """
        known = {question: self._usable(question, mode) for question in questions}
        missing = [question for question, answer in known.items() if answer is None]
        began = self._loop.time()
        landed = await self._flights.run_all(missing, self._ask, mode) if missing else {}
        asked: list[Asked] = []
        for question, answer in known.items():
            if answer is None:
                asked.append(self._asked(question, *landed[question], began))
            else:
                asked.append(Asked(question, answer, cached=True))
        return asked

    def _usable(self, question: Question, mode: CacheMode) -> Answered | None:
        """Return the cached answer if it is acceptable, and start a background refresh if one is due."""
        known = self._known(question)
        is_due = known is not None and self._clock() >= known.refresh_at
        if known is None or not mode.accepts(known.serial, is_due=is_due):
            self._stats.dns_saved += self._flights.would_join(question, mode)
            return None
        if is_due:
            self._context.background.start(question, partial(self._flights.run, question, self._ask, NOT_DUE))
        self._stats.dns_saved += 1
        return known

    def _asked(self, question: Question, outcome: Answered | Unanswered, landed_at: float, began: float) -> Asked:
        still_known = self._known(question) if isinstance(outcome, Unanswered) else None
        if still_known is not None:
            return Asked(question, still_known, cached=True)
        return Asked(question, outcome, max(0.0, landed_at - began))

    def _known(self, question: Question) -> Answered | None:
        known = self._answers.get(question)
        return known if known is not None and self._clock() < known.expires_at else None

    async def _ask(self, flight: Flight[Question, Answered | Unanswered]) -> Answered | Unanswered:
        question = name, record_type = flight.key
        refresh = flight.mode.kind != "any" or self._known(question) is not None
        if not flight.mode.keeps_known:
            self._drop(question)
        try:
            slot = await self.slots.take(zone_of(name))
        except OverloadError as cause:
            return Unanswered(cause, "it waited too long for a free slot, behind others")
        self._stats.dns_asked += 1
        was_silent, measurement = None, self._context.lag.start()
        try:
            async with asyncio.timeout(self._policy.dns_timeout):
                answer = await self._backend.lookup(name, record_type, refresh=refresh)
            was_silent = False
            self._note_answer(slot.zone)
            return self._keep(question, answer, flight.began)
        except Exception as cause:  # noqa: BLE001 - the contract: any exception means "could not answer"
            was_silent = isinstance(cause, TimeoutError)
            self._ask_no_more_ahead(question)
            if was_silent and self._context.lag.is_too_late(measurement):
                return Unanswered(
                    OverloadError("the event loop was late"), "this machine was too busy to see its answer in time"
                )
            return Unanswered(cause, _reason(cause, self._policy))
        finally:
            self._context.lag.stop()
            self.slots.release(slot, was_silent=was_silent)

    def _keep(self, question: Question, answer: DnsAnswer, serial: int) -> Answered:
        now, policy = self._clock(), self._policy
        addresses = _addresses(answer, question[1])
        srv = NO_RECORD
        if question[1] == "SRV":
            records = [record for record in answer.records if isinstance(record, SrvRecord)]
            srv = judge_srv_records(records, at_most=policy.max_srv_records)
        too_many = len(addresses) > policy.max_addresses
        remark = (
            f"{len(addresses)} addresses are too many; the first {policy.max_addresses} are used" if too_many else ""
        )
        ttl = clamp_ttl(answer.ttl, empty=not addresses and not srv.found, policy=policy)
        answered = Answered(
            addresses=addresses[: policy.max_addresses],
            srv=srv,
            canonical_name=answer.canonical_name.lower().removesuffix(".") or question[0],
            expires_at=now + ttl,
            refresh_at=refresh_point(now, now + ttl, policy),
            serial=serial,
            remark=remark,
        )
        self._drop(question)
        self._answers[question] = answered
        self._weight += answered.weight
        while self._weight > policy.max_dns_answers and self._answers:
            self._drop(next(iter(self._answers)))
        return answered

    def _drop(self, question: Question) -> None:
        dropped = self._answers.pop(question, None)
        self._weight -= 0 if dropped is None else dropped.weight

    def _ask_no_more_ahead(self, question: Question) -> None:
        """After a failed refresh, use the known answer to its end instead of asking at every use."""
        known = self._known(question)
        if known is not None:
            self._answers[question] = attrs.evolve(known, refresh_at=known.expires_at)

    def has_answered_others(self, name: str, since: float) -> bool:
        """Return whether our name servers have answered for other zones since the event loop time *since*."""
        zone = zone_of(name)
        return any(when >= since for other, when in self._answered_at.items() if other != zone)

    def _note_answer(self, zone: str) -> None:
        self._answered_at.pop(zone, None)
        self._answered_at[zone] = self._loop.time()
        if len(self._answered_at) > 2:  # noqa: PLR2004 - two are enough: at least one of them is another zone
            del self._answered_at[next(iter(self._answered_at))]

    async def aclose(self) -> None:
        """End all flights."""
        await self._flights.aclose()


def _addresses(answer: DnsAnswer, record_type: RecordType) -> tuple[str, ...]:
    """Give the distinct addresses of the asked family; anything else in the records is dropped."""
    if record_type == "SRV" or not answer.records:
        return ()
    read = _ipv4 if record_type == "A" else _ipv6
    texts = [record for record in answer.records if isinstance(record, str)]
    return tuple(dict.fromkeys(ip for ip in map(read, texts) if ip is not None))


def _ipv4(text: str) -> str | None:
    try:
        return inet_ntop(AF_INET, inet_pton(AF_INET, text))  # as `ipaddress` does, in a fifth of the time
    except (OSError, ValueError):
        return None


def _ipv6(text: str) -> str | None:
    try:
        canonical = inet_ntop(AF_INET6, inet_pton(AF_INET6, text))
        return (
            canonical_text(IPv6Address(text)) if "." in canonical else canonical
        )  # with an IPv4 address inside, they differ
    except (OSError, ValueError):
        return None


def _reason(cause: Exception, policy: ResolverPolicy) -> str:
    if isinstance(cause, TimeoutError) and not cause.args:
        return f"no answer within {policy.dns_timeout:g} s"
    return printable(str(cause)) or type(cause).__name__
