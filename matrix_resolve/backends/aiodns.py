"""The default DNS backend: aiodns, and so c-ares. The only file that knows either.

What c-ares leaves to its callers is done here: it does not match the type or class of records to the question, does not check whose
records they are, and keeps a cache of its own that cannot be switched off. It applies no search list to ``query_dns``.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import aiodns

from ..loop_bound import LoopBound
from ..server_name import ServerName, canonical_ip
from .dns import DnsAnswer, NameServerError, RecordType, SrvRecord

if TYPE_CHECKING:
    import pycares

# c-ares status codes and DNS numbers, as in ares.h and RFC 1035: the modules that hold them are not typed.
_ENODATA, _EFORMERR, _ESERVFAIL, _ENOTFOUND, _ENOTIMP, _EREFUSED = 1, 2, 3, 4, 5, 6
_EBADRESP, _ECONNREFUSED, _ETIMEOUT = 10, 11, 12
_NO_SUCH_RECORD = {_ENOTFOUND, _ENODATA}
_NO_ANSWER = {_ETIMEOUT, _EBADRESP}  # anybody can send a datagram that cannot be read; that is no reason to give up
_NAMES = {
    _ESERVFAIL: "the name server says SERVFAIL",
    _EREFUSED: "the name server says REFUSED",
    _ENOTIMP: "the name server says NOTIMP",
    _EFORMERR: "the name server says FORMERR",
    _EBADRESP: "the name server's reply cannot be read",
    _ECONNREFUSED: "the name server refuses the connection",
}
_CLASS_IN = 1
_CNAME = 5
_TYPES: dict[RecordType, int] = {"A": 1, "AAAA": 28, "SRV": 33}
_MAX_CHAIN = 16
_TO_LOWER = {
    code: code + 32 for code in range(ord("A"), ord("Z") + 1)
}  # RFC 4343: ASCII alone; the Kelvin sign is no "k"
_MAX_REMEMBERED = 100_000
_BUSY_TRIES = 5
"""c-ares begins with 0.25 s where answers were fast; so many tries outlast the resolver's 3 s all the same."""


class _Channel(LoopBound):
    """Two c-ares channels, for one event loop in one process, and the questions that their own caches may know.

    c-ares drops a reply that comes after it has asked again, so one that asks again soon never hears a slow name server, and one that
    waits is held up by a silent one, and by a lost packet. So the *patient* one asks at first; if there is no answer in time the *busy*
    one asks as well, again and again and of every name server; what answers first counts.
    """

    def __init__(self, nameservers: Sequence[str] | None, timeout: float, retry_after: float) -> None:
        super().__init__()
        self.asked: set[tuple[str, RecordType]] = set()
        self.retry_after = retry_after
        self.is_closed = False
        self._open: set[asyncio.Future[pycares.DNSResult]] = set()
        self._nameservers = nameservers
        self._patient = aiodns.DNSResolver(nameservers=nameservers, timeout=timeout, tries=2)
        self._busy: aiodns.DNSResolver | None = None

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
        await self._patient.close()
        if self._busy is not None:
            await self._busy.close()
        if self._open:
            await asyncio.wait(self._open)


class _Question:
    """A question under way: asked patiently, and busily as well if that gives no answer in time.

    Errors of c-ares are values here. Raised, each would hold the frames that hold it, for the garbage collector to find.

    Attributes:
        outcome: What came of it: the reply, or the error of c-ares. It may be cancelled at any time.
    """

    def __init__(self, channel: _Channel, name: str, record_type: RecordType) -> None:
        loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[pycares.DNSResult | aiodns.error.DNSError] = loop.create_future()
        self._channel = channel
        self._what = name, record_type
        self._is_repeated = False
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
        elif error.args[0] not in _NO_ANSWER or (self._is_repeated and not self._under_way):
            self.outcome.set_result(error)
        else:
            self._repeat()

    def _repeat(self) -> None:
        """Ask busily, once."""
        if self._is_repeated or self.outcome.done() or self._channel.is_closed:
            return
        self._is_repeated = True
        try:
            self._await(self._channel.ask_busily(*self._what))
        except Exception as error:  # noqa: BLE001 - a callback has nobody to raise it to
            self.outcome.set_exception(error)

    def leave(self) -> None:
        """Ask no more."""
        self._timer.cancel()


class AiodnsBackend:
    """A DNS backend on aiodns.

    The channel is made inside the running event loop and made again for another loop or after a fork, where the old one would hang.

    Args:
        nameservers: Addresses with or without port (``"192.0.2.53"``, ``"[2001:db8::53]:5353"``); None for those of the system.
        timeout: Seconds for which a reply to the first packet is waited for. Silence is given up only after several times as long, so give
            each lookup a deadline of your own, as the resolver does.
        retry_after: Seconds after which the question is asked again; then of the next name server, if the first is silent.

    Raises:
        ValueError: If a name server is no address.
    """

    def __init__(
        self, nameservers: Iterable[str] | None = None, *, timeout: float = 3.0, retry_after: float = 1.0
    ) -> None:
        self._nameservers = None if nameservers is None else [check_nameserver(text) for text in nameservers]
        self._timeout = timeout
        self._retry_after = retry_after
        self._channel: _Channel | None = None
        self._replaced: list[_Channel] = []  # those that were in use
        self._closed = False

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Ask one question.

        Args:
            name: Absolute, in lower case, without the final dot.
            record_type: ``"A"``, ``"AAAA"`` or ``"SRV"``.
            refresh: True to ask past the cache of c-ares.

        Returns:
            The records at the end of the CNAME chain that begins at *name*; those of other owners, types and classes are dropped.

        Raises:
            NameServerError: If the name servers could not answer.
            TimeoutError: If none answered.
            RuntimeError: If the backend is closed.
        """
        question = _Question(self._channel_for((name, record_type), refresh=refresh), name, record_type)
        try:
            outcome = await question.outcome
        finally:
            question.leave()
            self._replaced = [each for each in self._replaced if each.is_in_use]
        if isinstance(outcome, aiodns.error.DNSError):
            return _answer_to_error(name, outcome)
        return read_answer(name, record_type, outcome.answer)

    def _channel_for(self, question: tuple[str, RecordType], *, refresh: bool) -> _Channel:
        """Give a channel whose cache cannot answer, if *refresh*: one that was never asked this question.

        A replaced channel is kept while it is in use, so that `aclose` ends what it does.
        """
        if self._closed:
            raise RuntimeError("this DNS backend is closed")
        channel = self._channel
        worn = channel is not None and (
            (refresh and question in channel.asked) or len(channel.asked) >= _MAX_REMEMBERED or not channel.is_here()
        )
        if channel is None or worn:
            if channel is not None:
                self._replaced = [each for each in (*self._replaced, channel) if each.is_in_use]
            channel = self._channel = _Channel(self._nameservers, self._timeout, self._retry_after)
        channel.asked.add(question)
        return channel

    async def aclose(self) -> None:
        """End all questions; those who wait for one get an error. Calling it again does nothing."""
        channels = [*self._replaced, *([self._channel] if self._channel else [])]
        self._channel, self._closed = None, True
        self._replaced.clear()
        for channel in channels:
            if channel.is_here():
                await channel.aclose()


def _answer_to_error(name: str, error: aiodns.error.DNSError) -> DnsAnswer:
    """Give the empty answer that c-ares takes for an error, or raise."""
    number: int = error.args[0]
    if number in _NO_SUCH_RECORD:
        return DnsAnswer((), None, name)  # c-ares does not hand out the SOA of an empty answer
    if number == _ETIMEOUT:
        raise TimeoutError("no answer from the name server") from error
    raise NameServerError(_NAMES.get(number, str(error.args[-1]))) from error


def check_nameserver(text: str) -> str:
    """Refuse what c-ares would take in silence, or complain about only when it is asked.

    Args:
        text: An IPv4 or IPv6 address; with a port as ``192.0.2.53:53`` or ``[2001:db8::53]:53``; an IPv6 zone may follow after ``%``.

    Raises:
        ValueError: If it is none of these.
    """
    address = text.partition("%")[0]
    if not (_is_ip(address) or _is_ip_with_port(address)):
        message = f"the name server {text!r} is not an IP address, with or without a port from 1 to 65535"
        raise ValueError(message)
    return text


def _is_ip(text: str) -> bool:
    try:
        return bool(canonical_ip(text))
    except ValueError:
        return False


def _is_ip_with_port(text: str) -> bool:
    """A server name that is an IP literal has the very form."""
    try:
        return ServerName.parse(text).ip is not None
    except ValueError:
        return False


def read_answer(name: str, record_type: RecordType, records: Iterable[Any]) -> DnsAnswer:
    """Walk the CNAME chain from *name* and take the records at its end.

    Args:
        name: The question's own name.
        record_type: The question's type.
        records: The answer section: objects with name, type, record_class, ttl and data.

    Returns:
        The answer; its lifetime is the least of the chain and the records.
    """
    internet = [record for record in records if record.record_class == _CLASS_IN]
    aliases = {_normal(record.name): record for record in internet if record.type == _CNAME}
    owner, ttls = _normal(name), list[int]()
    while owner in aliases and len(ttls) < _MAX_CHAIN:
        ttls.append(aliases[owner].ttl)
        owner = _normal(aliases[owner].data.cname)
    own = [record for record in internet if record.type == _TYPES[record_type] and _normal(record.name) == owner]
    ttls += [record.ttl for record in own]
    return DnsAnswer(tuple(_data(record.data, record_type) for record in own), min(ttls, default=None), owner)


def _data(data: Any, record_type: RecordType) -> str | SrvRecord:
    if record_type == "SRV":
        return SrvRecord(data.priority, data.weight, data.port, data.target or ".")
    return str(data.addr)


def _normal(name: str) -> str:
    return name.translate(_TO_LOWER).removesuffix(".")
