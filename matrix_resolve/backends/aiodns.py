"""The default DNS backend, on aiodns. aiodns uses c-ares, which has its own cache that cannot be disabled."""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from aiodns.error import DNSError

from .._util.argument_checks import TIMEOUT
from ._aiodns.answers import Status, empty_answer_or_error, read_answer
from ._aiodns.channel_set import ChannelSet
from ._aiodns.hedged_query import HedgedQuery
from ._arguments.nameservers import check_nameservers
from ._arguments.query_names import check_query_name
from ._dnspython.second_opinion import ask_dnspython
from .dns import DnsAnswer, RecordType

__all__ = ["AiodnsBackend"]

_MAX_ASKED = 1_000  # queries after which the channels are replaced: c-ares keeps all answers, 7 KiB for each name


class AiodnsBackend:
    """A DNS backend on aiodns.

    Its channels are opened on the running event loop. On another event loop, and after a fork, they are opened again. If dnspython is installed, a
    query is repeated with `DnspythonBackend` after a reply that c-ares cannot parse. With several name servers, the first empty answers are also
    verified in this way, until one has proved to be right.

    Args:
        nameservers: Addresses with or without a port (``"192.0.2.53"``, ``"[2001:db8::53]:5353"``); None for those of the system.
        timeout: Seconds to wait for a reply to the first packet. Without any reply, a lookup fails only after several times as long, so set a
            deadline for each lookup, as the resolver does.
        retry_interval: Seconds of silence after which the query is repeated, without EDNS and starting with the next name server.

    Raises:
        TypeError: If *nameservers* is a single string, or a timeout is not a number.
        ValueError: If a name server is not an address, the list is empty, or a timeout is not from 0.01 to 3,600.
    """

    _channel_set: type[ChannelSet] = ChannelSet

    def __init__(
        self, nameservers: Iterable[str] | None = None, *, timeout: float = 3.0, retry_interval: float = 1.0
    ) -> None:
        TIMEOUT.check("AiodnsBackend.timeout", timeout)
        TIMEOUT.check("AiodnsBackend.retry_interval", retry_interval)
        self._nameservers = None if nameservers is None else check_nameservers(nameservers)
        self._timeout, self._retry_interval = timeout, retry_interval
        self._channels: ChannelSet | None = None
        self._replaced: list[ChannelSet] = []
        self._closed = False

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Look up the records of one type at one name.

        Args:
            name: An absolute name in lower case, without the final dot.
            record_type: ``"A"``, ``"AAAA"`` or ``"SRV"``.
            refresh: True to bypass the cache of c-ares.

        Returns:
            The records at the end of the CNAME chain that begins at *name*. Records of other owners, types and classes are dropped.

        Raises:
            NameServerError: If the name servers could not answer.
            TimeoutError: If no name server answered.
            RuntimeError: If the backend is closed.
        """
        check_query_name(name)
        channels = self._channels_for((name, record_type), refresh=refresh)
        channels.waiting += 1
        try:
            outcome = await HedgedQuery(channels, name, record_type).outcome()
        finally:
            channels.waiting -= 1
            if self._replaced:
                await self._close_replaced()
        if not isinstance(outcome, DNSError):
            return read_answer(name, record_type, outcome.answer)
        second_opinion = partial(ask_dnspython, self._nameservers, self._retry_interval, name, record_type)
        with suppress(Exception):  # then the error of c-ares is the better reason
            if outcome.args[0] == Status.EBADRESP:
                return await second_opinion()
            if outcome.args[0] == Status.ENODATA and not channels.trusts_empty_answers:
                answer = await second_opinion()
                channels.trusts_empty_answers = not answer.records
                return answer
        return empty_answer_or_error(name, outcome)

    def _channels_for(self, query: tuple[str, RecordType], *, refresh: bool) -> ChannelSet:
        """Return the channels to use. With *refresh*, these channels have not made the query before, so their cache does not have the answer."""
        if self._closed:
            raise RuntimeError("this DNS backend is closed")
        channels = self._channels
        if channels is None or channels.is_worn(_MAX_ASKED) or (refresh and query in channels.asked):
            self._replaced += [] if channels is None else [channels]
            channels = self._channels = self._channel_set(self._nameservers, self._timeout, self._retry_interval)
        channels.asked.add(query)
        return channels

    async def _close_replaced(self, *, even_if_used: bool = False) -> None:
        """Close replaced channels that no lookup uses any more, except those of another loop that is still open, or of the parent process."""
        for one in list(self._replaced):
            if one.is_left_behind or (one.is_current() and (even_if_used or not one.waiting)):
                self._replaced.remove(one)
                await one.aclose()

    async def aclose(self) -> None:
        """End all queries. Lookups in progress raise an error. Later calls do nothing."""
        self._closed = True
        self._replaced += filter(None, [self._channels])
        self._channels = None
        await self._close_replaced(even_if_used=True)
