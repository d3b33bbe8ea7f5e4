"""The c-ares channels of one event loop: one that queries share, and single-use ones."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ..._util.loop_bound import LoopBound
from .._arguments.nameservers import RESOLV_CONF, SystemDns, fingerprint, system_dns
from ..dns import RecordType
from .c_ares import LoopResolver

OVER_TCP, IGNORE_TRUNCATION, EDNS = 1 << 0, 1 << 2, 1 << 8  # as in ares.h: ARES_FLAG_USEVC, _IGNTC, _EDNS
MAX_OPEN = 200  # single-use channels that are opened because a name server does not answer


class ChannelSet(LoopBound):
    """The channels of one event loop in one process.

    c-ares drops a reply that arrives after it has repeated the query. If earlier answers were fast, it repeats a query after 0.25 s; a new channel
    waits longer. When a datagram cannot be parsed, c-ares closes the socket, and every query on it fails. So a query that the shared channel does
    not answer is repeated on a single-use channel.

    Attributes:
        asked: The queries whose answers the cache of c-ares may contain.
        waiting: How many lookups use these channels.
        opened: The single-use channels that are open.
        trusts_empty_answers: True if there is only one name server, or after an empty answer has proved to be right.
    """

    resolver: type[LoopResolver] = LoopResolver

    def __init__(
        self,
        nameservers: Sequence[str] | None,
        timeout: float,
        retry_interval: float,
        *,
        resolv_conf: Path = RESOLV_CONF,
    ) -> None:
        super().__init__()
        self.asked: set[tuple[str, RecordType]] = set()
        self.waiting: int = 0
        self.is_closed: bool = False
        self.retry_interval: float = retry_interval
        self._resolv_conf = resolv_conf if nameservers is None else None
        self._fingerprint = self._resolv_conf and fingerprint(self._resolv_conf)
        system = (system_dns(resolv_conf) or SystemDns(())) if nameservers is None else SystemDns(tuple(nameservers))
        self._nameservers, self._flags = system.nameservers, OVER_TCP if system.uses_tcp else 0
        self.opened: set[LoopResolver] = set()
        self.trusts_empty_answers: bool = len(self._nameservers) == 1
        self.shared: LoopResolver = self.resolver(self._nameservers, timeout=timeout, flags=EDNS | self._flags)

    def open(self, flags: int, *, first: int) -> LoopResolver:
        """Open a channel for one query, with c-ares flags. It begins with name server number *first* (modulo their number)."""
        index = first % max(1, len(self._nameservers))
        servers = self._nameservers[index:] + self._nameservers[:index]
        resolver = self.resolver(servers, timeout=self.retry_interval, flags=flags | self._flags)
        self.opened.add(resolver)
        return resolver

    async def close(self, resolver: LoopResolver) -> None:
        """Close a channel that was opened for one query."""
        self.opened.discard(resolver)
        await resolver.close()

    def is_worn(self, max_asked: int) -> bool:
        """Return True after *max_asked* queries, on another event loop, or if the system's list of name servers has changed."""
        is_outdated = self._resolv_conf is not None and self._fingerprint != fingerprint(self._resolv_conf)
        return is_outdated or len(self.asked) >= max_asked or not self.is_current()

    async def aclose(self) -> None:
        """End all queries. Lookups that wait for one get an error."""
        self.is_closed = True
        for resolver in (self.shared, *self.opened):
            if self.is_left_behind:
                resolver.loop = asyncio.get_running_loop()  # a closed loop refuses to stop watching sockets
            await resolver.close()
