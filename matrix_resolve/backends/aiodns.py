"""The default DNS backend: aiodns, and so c-ares. Only the files that begin with `aiodns` know either.

What c-ares leaves to its callers is done here: it does not match the type or class of records to the question, does not check whose
records they are, and keeps a cache of its own that cannot be switched off. It applies no search list to ``query_dns``.
"""

from collections.abc import Iterable
from typing import Any

from ..server_name import ServerName, canonical_ip
from .aiodns_channels import EBADRESP, ETIMEOUT, Channel, Question
from .aiodns_resolver import TYPES, error_of
from .dns import DnsAnswer, NameServerError, RecordType, SrvRecord

# c-ares status codes and DNS numbers, as in ares.h and RFC 1035: the modules that hold them are not typed.
_ENODATA, _EFORMERR, _ESERVFAIL, _ENOTFOUND, _ENOTIMP, _EREFUSED = 1, 2, 3, 4, 5, 6
_ECONNREFUSED = 11
_NO_SUCH_RECORD = {_ENOTFOUND, _ENODATA}
_NAMES = {
    _ESERVFAIL: "the name server says SERVFAIL",
    _EREFUSED: "the name server says REFUSED",
    _ENOTIMP: "the name server says NOTIMP",
    _EFORMERR: "the name server says FORMERR",
    EBADRESP: "the name server's reply cannot be read",
    _ECONNREFUSED: "the name server refuses the connection",
}
_CLASS_IN = 1
_CNAME = 5
_MAX_CHAIN = 16
_TO_LOWER = {
    code: code + 32 for code in range(ord("A"), ord("Z") + 1)
}  # RFC 4343: ASCII alone; the Kelvin sign is no "k"
_MAX_REMEMBERED = 100_000


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
        self._channel: Channel | None = None
        self._replaced: list[Channel] = []  # those that were in use
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
        question = Question(self._channel_for((name, record_type), refresh=refresh), name, record_type)
        try:
            outcome = await question.outcome
        finally:
            question.leave()
            if self._replaced:
                self._let_go()
        if isinstance(outcome, int):
            return _answer_to_error(name, outcome)
        return read_answer(name, record_type, outcome.answer)

    def _channel_for(self, question: tuple[str, RecordType], *, refresh: bool) -> Channel:
        """Give a channel whose cache cannot answer, if *refresh*: one that was never asked this question.

        A replaced channel is kept while it is in use, so that `aclose` ends what it does.
        """
        if self._closed:
            raise RuntimeError("this DNS backend is closed")
        channel = self._channel
        worn = channel is not None and (
            (refresh and question in channel.asked)
            or len(channel.asked) >= _MAX_REMEMBERED
            or channel.is_outdated
            or not channel.is_here()
        )
        if channel is None or worn:
            if channel is not None:
                self._replaced.append(channel)
                self._let_go()
            channel = self._channel = Channel(self._nameservers, self._timeout, self._retry_after)
        channel.asked.add(question)
        return channel

    def _let_go(self) -> None:
        """Forget replaced channels that nobody waits for."""
        for channel in self._replaced:
            if channel.is_left_behind:
                channel.abandon()
        self._replaced = [channel for channel in self._replaced if channel.is_in_use]

    async def aclose(self) -> None:
        """End all questions; those who wait for one get an error. Calling it again does nothing."""
        channels = [*self._replaced, *([self._channel] if self._channel else [])]
        self._channel, self._closed = None, True
        self._replaced.clear()
        for channel in channels:
            if channel.is_here():
                await channel.aclose()
            elif channel.is_left_behind:
                channel.abandon()


def _answer_to_error(name: str, number: int) -> DnsAnswer:
    """Give the empty answer that c-ares takes for an error, or raise."""
    if number in _NO_SUCH_RECORD:
        return DnsAnswer((), None, name)  # c-ares does not hand out the SOA of an empty answer
    if number == ETIMEOUT:
        raise TimeoutError("no answer from the name server") from error_of(number)
    error = error_of(number)
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
    owner, ttls = name, list[int]()
    while owner in aliases and len(ttls) < _MAX_CHAIN:
        ttls.append(aliases[owner].ttl)
        owner = _normal(aliases[owner].data.cname)
    own = [record for record in internet if record.type == TYPES[record_type] and _normal(record.name) == owner]
    ttls += [record.ttl for record in own]
    return DnsAnswer(tuple(_data(record.data, record_type) for record in own), min(ttls, default=None), owner)


def _data(data: Any, record_type: RecordType) -> str | SrvRecord:
    if record_type == "SRV":
        return SrvRecord(data.priority, data.weight, data.port, data.target or ".")
    return str(data.addr)


def _normal(name: str) -> str:
    return name.translate(_TO_LOWER).removesuffix(".")
