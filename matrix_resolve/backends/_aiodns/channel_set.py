"""The c-ares channels of one event loop: one that queries share, one for retries, and throw-away ones."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ...loop_bound import LoopBound
from ...time_limits import TimeLimits
from .._resolv_conf import RESOLV_CONF, SystemDns, fingerprint, system_dns
from ..dns import RecordType
from .loop_resolver import LoopResolver

OVER_TCP, IGNORE_TRUNCATION, EDNS = 1 << 0, 1 << 2, 1 << 8
"""Flags of c-ares: ARES_FLAG_USEVC, ARES_FLAG_IGNTC and ARES_FLAG_EDNS in ares.h."""
_PLAIN = 0
_SEVERAL = 2
_FIRST_TRIES, _RETRY_TRIES, _ISOLATED_TRIES = 2, 3, 2


class ChannelSet(LoopBound):
    """The channels of one event loop in one process.

    c-ares drops a reply that arrives after it has repeated the query, and where answers were fast it repeats after 0.25 s. So the shared
    channel is patient at first, and a query that it leaves unanswered is repeated on a second channel, without EDNS, since some
    middleboxes drop or spoil replies that carry it, and to another name server first.

    A datagram that cannot be parsed makes c-ares give up the socket, and with it every query that shares it. So whatever was lost like that
    is repeated on a throw-away channel.

    Args:
        nameservers: Their addresses; None for those of the system.
        timeout: Seconds for which the shared channel waits before it asks again.
        retry_after: The same for the other channels.
        is_threaded: True to leave c-ares its thread; None for what the platform can do.
        resolv_conf: The file that lists the name servers of the system.

    Attributes:
        nameservers: Their addresses; none where c-ares has to find them.
        asked: The queries whose answers the cache of c-ares may hold.
        waiting: How many lookups use these channels.
        is_closed: True once `aclose` was called.
        first: The channel that queries share.
        silence: How long a query goes unanswered before it is repeated.
        trusts_empty_answers: True once another name server was asked whether an empty answer is right, or where there is no other.
    """

    def __init__(
        self,
        nameservers: Sequence[str] | None,
        timeout: float,
        retry_after: float,
        *,
        is_threaded: bool | None = None,
        resolv_conf: Path = RESOLV_CONF,
    ) -> None:
        super().__init__()
        self.asked: set[tuple[str, RecordType]] = set()
        self.waiting: int = 0
        self.is_closed: bool = False
        self.silence: TimeLimits = TimeLimits(retry_after)
        self._resolv_conf = resolv_conf if nameservers is None else None
        self._fingerprint = self._resolv_conf and fingerprint(self._resolv_conf)
        system = (system_dns(resolv_conf) or SystemDns(())) if nameservers is None else SystemDns(tuple(nameservers))
        self.nameservers: tuple[str, ...] = system.nameservers
        self.trusts_empty_answers: bool = len(self.nameservers) < _SEVERAL
        self._options = {} if is_threaded is None else {"is_threaded": is_threaded}
        self._isolated = set[LoopResolver]()
        self._retry: LoopResolver | None = None
        self._flags = OVER_TCP if system.uses_tcp else 0
        self.first: LoopResolver = LoopResolver(
            self.nameservers, timeout=timeout, tries=_FIRST_TRIES, flags=EDNS | self._flags, **self._options
        )

    @property
    def retry(self) -> LoopResolver:
        """The channel for queries that the shared one leaves unanswered."""
        if self._retry is None:
            self._retry = self._open(_PLAIN, _RETRY_TRIES)
        return self._retry

    @asynccontextmanager
    async def isolated(self, flags: int) -> AsyncGenerator[LoopResolver]:
        """Open a channel for one query; *flags* are those of c-ares."""
        resolver = self._open(flags, _ISOLATED_TRIES)
        self._isolated.add(resolver)
        try:
            yield resolver
        finally:
            self._isolated.discard(resolver)
            await resolver.close()

    def _open(self, flags: int, tries: int) -> LoopResolver:
        other_first = (*self.nameservers[1:], *self.nameservers[:1])
        return LoopResolver(
            other_first, timeout=self.silence.seconds, tries=tries, flags=flags | self._flags, **self._options
        )

    @property
    def is_outdated(self) -> bool:
        """True if the name servers are the system's, and their list has changed."""
        return self._resolv_conf is not None and self._fingerprint != fingerprint(self._resolv_conf)

    @property
    def is_left_behind(self) -> bool:
        """True if the event loop is closed, so that nobody can wait for an answer."""
        return not self.is_inherited and self._loop.is_closed()

    async def aclose(self) -> None:
        """End all queries; lookups that wait for one get an error."""
        self.is_closed = True
        for resolver in (self.first, self._retry, *self._isolated):
            if resolver is not None:
                if self.is_left_behind:
                    resolver.loop = asyncio.get_running_loop()  # a closed one refuses to stop watching sockets
                await resolver.close()
