"""How c-ares is asked: patiently, busily, and alone; whichever gives an answer first."""

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..loop_bound import LoopBound
from ..time_limits import TimeLimits
from .aiodns_resolver import SYSTEM_CONFIGURATION, LoopResolver, Take, configuration_of
from .dns import RecordType

if TYPE_CHECKING:
    import pycares

EBADRESP, ETIMEOUT = 10, 12  # as in ares.h
_BUSY_TRIES = 5
"""c-ares begins with 0.25 s where answers were fast; so many tries outlast the resolver's 3 s all the same."""
_LONE_TRIES = 2
_NO_ANSWER = {ETIMEOUT, EBADRESP}


class Channel(LoopBound):
    """c-ares channels, for one event loop in one process, and the questions that their own caches may know.

    c-ares drops a reply that comes after it has asked again, so one that asks again soon never hears a slow name server, and one that
    waits is held up by a silent one, and by a lost packet. So the *patient* one asks at first; if there is no answer in time the *busy*
    one asks as well, again and again and of every name server; what answers first counts.

    Questions share a socket, and a datagram that cannot be read takes all with it that are on the way. So those whose answer was lost like
    that ask *alone*, one after the other: then it is known whose answer it is that cannot be read.
    """

    def __init__(
        self,
        nameservers: Sequence[str] | None,
        timeout: float,
        retry_after: float,
        *,
        configuration: Path = SYSTEM_CONFIGURATION,
    ) -> None:
        super().__init__()
        self.asked: set[tuple[str, RecordType]] = set()
        self.patience: TimeLimits = TimeLimits(retry_after)
        self.is_closed: bool = False
        self._retry_after = retry_after
        self._nameservers = nameservers
        self._configuration = None if nameservers is not None else configuration
        self._configured = self._configuration and configuration_of(self._configuration)
        self._patient = LoopResolver(nameservers=nameservers, timeout=timeout, tries=2)
        self._busy: LoopResolver | None = None
        self._lone: LoopResolver | None = None
        self._turns: deque[Callable[[], bool]] = deque()
        self._has_turn = False

    def patient(self) -> LoopResolver:
        """Asks once, and waits."""
        return self._patient

    def busy(self) -> LoopResolver:
        """Asks again and again."""
        if self._busy is None:
            self._busy = self._resolver(_BUSY_TRIES)
        return self._busy

    def lone(self) -> LoopResolver:
        """Is to be asked when nobody else asks it: in a turn."""
        if self._lone is None:
            self._lone = self._resolver(_LONE_TRIES)
        return self._lone

    def _resolver(self, tries: int) -> LoopResolver:
        return LoopResolver(nameservers=self._nameservers, timeout=self._retry_after, tries=tries)

    @property
    def is_in_use(self) -> bool:
        """True while c-ares waits for an answer, also for one that nobody needs any more, or somebody waits for a turn."""
        return self._has_turn or bool(self._turns) or any(resolver.is_in_use for resolver in self._resolvers())

    @property
    def is_outdated(self) -> bool:
        """True if the name servers are the system's, and it may have others now."""
        return self._configuration is not None and self._configured != configuration_of(self._configuration)

    @property
    def is_left_behind(self) -> bool:
        """True if its event loop is closed."""
        return self._loop.is_closed() and self._pid == os.getpid()

    def _resolvers(self) -> list[LoopResolver]:
        return [resolver for resolver in (self._patient, self._busy, self._lone) if resolver is not None]

    def give_turn(self, ask: Callable[[], bool]) -> None:
        """Call *ask* when nobody else has a turn, which lasts until `end_turn`; it says False if it needs none any more."""
        self._turns.append(ask)
        if not self._has_turn:
            self._next_turn()

    def end_turn(self) -> None:
        """Let the next one have a turn; not at once, as c-ares may have its answer before it is asked to the end."""
        self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._has_turn = False
        while self._turns and not self._has_turn:
            self._has_turn = self._turns.popleft()()

    async def aclose(self) -> None:
        """End all questions."""
        self.is_closed = True
        for resolver in self._resolvers():
            await resolver.close()

    def abandon(self) -> None:
        """Close what an event loop has left behind that is closed itself; nobody waits for it any more."""
        self.is_closed = True
        self._turns.clear()
        self._has_turn = False
        for resolver in self._resolvers():
            resolver.abandon()


class Question:
    """A question under way: asked patiently, busily as well if that gives no answer in time, and alone if an answer cannot be read.

    Errors of c-ares are values here. Raised, each would hold the frames that hold it, for the garbage collector to find.

    Attributes:
        outcome: What came of it: the reply, or the number of an error. It may be cancelled at any time.
    """

    def __init__(self, channel: Channel, name: str, record_type: RecordType) -> None:
        self.outcome: asyncio.Future[pycares.DNSResult | int] = asyncio.get_running_loop().create_future()
        self._channel = channel
        self._what = name, record_type
        self._is_repeated = False
        self._is_suspect = False
        self._under_way = 0
        self._alarm = channel.patience.set_alarm(self._repeat)
        self._ask(channel.patient, self._take)

    def _ask(self, resolver: Callable[[], LoopResolver], take: Take) -> bool:
        self._under_way += 1
        try:
            resolver().ask(*self._what, take)
        except Exception as error:  # noqa: BLE001 - a callback has nobody to raise it to
            self.outcome.set_exception(error)
            return False
        return True

    def _take(self, reply: "pycares.DNSResult | None", number: int | None) -> None:
        """Settle with a reply, unless there may be a better one."""
        self._under_way -= 1
        if self.outcome.done():
            return
        if reply is not None:
            self.outcome.set_result(reply)
        elif number is not None:
            self._take_error(number)

    def _take_error(self, number: int) -> None:
        if number == EBADRESP and not self._is_suspect:
            self._suspect(number)
        elif number == ETIMEOUT and not self._is_repeated and not self._channel.is_closed:
            self._repeat()
        elif number not in _NO_ANSWER or not self._under_way:
            self.outcome.set_result(number)

    def _suspect(self, number: int) -> None:
        """Ask alone, once: anybody can send a datagram that cannot be read, and it may have been for another question."""
        self._is_suspect = True
        self._under_way += 1

        def ask() -> bool:
            self._under_way -= 1
            if self.outcome.done():
                return False
            if self._channel.is_closed:
                self.outcome.set_result(number)
                return False
            return self._ask(self._channel.lone, self._take_alone)

        self._channel.give_turn(ask)

    def _take_alone(self, reply: "pycares.DNSResult | None", number: int | None) -> None:
        self._take(reply, number)
        self._channel.end_turn()

    def _repeat(self) -> None:
        """Ask busily, once."""
        if self._is_repeated or self.outcome.done() or self._channel.is_closed:
            return
        self._is_repeated = True
        self._ask(self._channel.busy, self._take)

    def leave(self) -> None:
        """Ask no more."""
        self._alarm.call_off()
