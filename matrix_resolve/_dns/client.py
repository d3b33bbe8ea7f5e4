"""DNS questions: the answers of this process, one flight per question, so many in flight, each under a deadline.

DNS answers stay in the process: they are short-lived and cheap, and no address is ever taken from a shared store.
Source: RFC 1035 section 7.4 and RFC 2308 (what may be kept); RFC 2181 section 8 (TTL).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

import attrs

from .._cache_mode import NOT_DUE, CacheMode
from .._context import LoopContext
from .._notes import Journal
from .._util.escaping import printable
from .._util.single_flight import Flight, SingleFlight
from .._util.slots import OverloadError, Slots
from .._util.zones import zone_of
from ..backends.dns import DnsAnswer, DnsBackend
from ..errors import ResolverBusy
from ..policy import ResolverPolicy
from .answers import Answered, Question, Unanswered, checked_answer
from .scope import LookupScope
from .trace_records import note_answer, note_failure

_MAX_WAIT = 4.0  # seconds to wait for a slot: together with the answer, less than the timeout of a well-known request


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

    async def ask(self, questions: Sequence[Question], scope: LookupScope) -> list[Answered | Unanswered]:
        """Return answers to questions: from the cache where that is acceptable, and otherwise by asking, all at the same time.

        If asking again fails, a cached answer is used for the rest of its lifetime, unless it was invalidated.

        Args:
            questions: Each a lower-case DNS name without the final dot, and a type of record.
            scope: Which cached answers are acceptable, and where the questions are recorded.

        Returns:
            The result of each question.

        Raises:
            ResolverBusy: If a question could not be asked, for a reason on our side.
        """
        known = {question: self._usable(question, scope.mode) for question in questions}
        missing = [question for question, answer in known.items() if answer is None]
        began = self._loop.time()
        landed = await self._flights.run_all(missing, self._ask, scope.mode) if missing else {}
        outcomes: list[Answered | Unanswered] = []
        for question, answer in known.items():
            if answer is None:
                outcome, landed_at = landed[question]
                outcomes.append(self._noted(question, outcome, max(0.0, landed_at - began), scope.journal))
            else:
                note_answer(scope.journal, question, answer, cached=True)
                outcomes.append(answer)
        return outcomes

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

    def _noted(
        self, question: Question, outcome: Answered | Unanswered, seconds: float, journal: Journal
    ) -> Answered | Unanswered:
        """Add the result of a question to the trace, and return what to use."""
        if isinstance(outcome, Answered):
            note_answer(journal, question, outcome, seconds=seconds)
            return outcome
        still_known = self._known(question)
        if still_known is not None:
            note_answer(journal, question, still_known, cached=True)
            return still_known
        note_failure(journal, question, outcome, seconds=seconds)
        if outcome.is_ours:
            raise ResolverBusy(f"the {question[1]} question for {question[0]} failed: {outcome.reason}", code="busy")
        return outcome

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
        answered = checked_answer(question, answer, now=self._clock(), serial=serial, policy=self._policy)
        self._drop(question)
        self._answers[question] = answered
        self._weight += answered.weight
        while self._weight > self._policy.max_dns_answers and self._answers:
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


def _reason(cause: Exception, policy: ResolverPolicy) -> str:
    if isinstance(cause, TimeoutError) and not cause.args:
        return f"no answer within {policy.dns_timeout:g} s"
    return printable(str(cause)) or type(cause).__name__
