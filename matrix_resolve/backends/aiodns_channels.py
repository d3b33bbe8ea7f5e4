"""How c-ares is asked: patiently, busily, and alone; whichever gives an answer first."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import aiodns

from ..loop_bound import LoopBound
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

    def __init__(self, nameservers: Sequence[str] | None, timeout: float, retry_after: float) -> None:
        super().__init__()
        self.asked: set[tuple[str, RecordType]] = set()
        self.retry_after: float = retry_after
        self.is_closed: bool = False
        self._open: set[asyncio.Future[pycares.DNSResult]] = set()
        self._nameservers = nameservers
        self._patient = aiodns.DNSResolver(nameservers=nameservers, timeout=timeout, tries=2)
        self._busy: aiodns.DNSResolver | None = None
        self._lone: aiodns.DNSResolver | None = None
        self._turns: deque[Callable[[], asyncio.Future[pycares.DNSResult] | None]] = deque()
        self._has_turn = False

    @property
    def is_in_use(self) -> bool:
        """True while c-ares waits for an answer, also for one that nobody needs any more."""
        return bool(self._open)

    def ask_patiently(self, name: str, record_type: RecordType) -> "asyncio.Future[pycares.DNSResult]":
        """Ask once, and wait."""
        return self._ask(self._patient, name, record_type)

    def ask_busily(self, name: str, record_type: RecordType) -> "asyncio.Future[pycares.DNSResult]":
        """Ask again and again."""
        if self._busy is None:
            self._busy = aiodns.DNSResolver(nameservers=self._nameservers, timeout=self.retry_after, tries=_BUSY_TRIES)
        return self._ask(self._busy, name, record_type)

    def ask_alone(self, name: str, record_type: RecordType) -> "asyncio.Future[pycares.DNSResult]":
        """Ask when nobody else does: in a turn."""
        if self._lone is None:
            self._lone = aiodns.DNSResolver(nameservers=self._nameservers, timeout=self.retry_after, tries=_LONE_TRIES)
        return self._ask(self._lone, name, record_type)

    def give_turn(self, ask: "Callable[[], asyncio.Future[pycares.DNSResult] | None]") -> None:
        """Call *ask* when nobody else has a turn, which lasts until there is a reply; None if it needs none any more."""
        self._turns.append(ask)
        if not self._has_turn:
            self._next_turn()

    def _next_turn(self, _: object = None) -> None:
        self._has_turn = False
        while self._turns and not self._has_turn:
            reply = self._turns.popleft()()
            if reply is not None:
                self._has_turn = True
                reply.add_done_callback(self._next_turn)

    def _ask(
        self, resolver: aiodns.DNSResolver, name: str, record_type: RecordType
    ) -> "asyncio.Future[pycares.DNSResult]":
        reply = resolver.query_dns(name, record_type)
        self._open.add(reply)
        return reply

    def ended(self, reply: "asyncio.Future[pycares.DNSResult]") -> None:
        """Forget a question that c-ares is done with."""
        self._open.discard(reply)

    async def aclose(self) -> None:
        """End all questions; c-ares says so from a thread of its own, which needs the event loop for that."""
        self.is_closed = True
        for resolver in (self._patient, self._busy, self._lone):
            if resolver is not None:
                await resolver.close()
        if self._open:
            await asyncio.wait(self._open)


class Question:
    """A question under way: asked patiently, busily as well if that gives no answer in time, and alone if an answer cannot be read.

    Errors of c-ares are values here. Raised, each would hold the frames that hold it, for the garbage collector to find.

    Attributes:
        outcome: What came of it: the reply, or the error of c-ares. It may be cancelled at any time.
    """

    def __init__(self, channel: Channel, name: str, record_type: RecordType) -> None:
        loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[pycares.DNSResult | aiodns.error.DNSError] = loop.create_future()
        self._channel = channel
        self._what = name, record_type
        self._is_repeated = False
        self._is_suspect = False
        self._under_way = 0
        self._await(channel.ask_patiently(name, record_type))
        self._timer = loop.call_later(channel.retry_after, self._repeat)

    def _await(self, reply: "asyncio.Future[pycares.DNSResult]") -> None:
        self._under_way += 1
        reply.add_done_callback(self._take)

    def _take(self, reply: "asyncio.Future[pycares.DNSResult]") -> None:
        """Settle with a reply, unless there may be a better one."""
        self._channel.ended(reply)
        self._under_way -= 1
        error = reply.exception()
        if self.outcome.done():
            return
        if not isinstance(error, aiodns.error.DNSError):
            self.outcome.set_result(reply.result())
        elif error.args[0] == EBADRESP and not self._is_suspect:
            self._suspect(error)
        elif error.args[0] == ETIMEOUT and not self._is_repeated:
            self._repeat()
        elif error.args[0] not in _NO_ANSWER or not self._under_way:
            self.outcome.set_result(error)

    def _suspect(self, error: aiodns.error.DNSError) -> None:
        """Ask alone, once: anybody can send a datagram that cannot be read, and it may have been for another question."""
        self._is_suspect = True
        self._under_way += 1

        def ask() -> "asyncio.Future[pycares.DNSResult] | None":
            self._under_way -= 1
            if self.outcome.done():
                return None
            if self._channel.is_closed:
                self.outcome.set_result(error)
                return None
            return self._ask(self._channel.ask_alone)

        self._channel.give_turn(ask)

    def _repeat(self) -> None:
        """Ask busily, once."""
        if self._is_repeated or self.outcome.done() or self._channel.is_closed:
            return
        self._is_repeated = True
        self._ask(self._channel.ask_busily)

    def _ask(
        self, ask: "Callable[[str, RecordType], asyncio.Future[pycares.DNSResult]]"
    ) -> "asyncio.Future[pycares.DNSResult] | None":
        try:
            reply = ask(*self._what)
        except Exception as error:  # noqa: BLE001 - a callback has nobody to raise it to
            self.outcome.set_exception(error)
            return None
        self._await(reply)
        return reply

    def leave(self) -> None:
        """Ask no more."""
        self._timer.cancel()
