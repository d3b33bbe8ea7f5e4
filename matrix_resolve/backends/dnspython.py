"""The second DNS backend: dnspython, for DNS over TLS and HTTPS and for the lifetime of empty answers.

dnspython's resolver is not used: it closes the socket on which a slow name server is about to answer before it asks again.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress

try:
    import dns.exception
    import dns.name
except ImportError as _error:
    raise ImportError('this DNS backend needs dnspython: pip install "matrix-resolve[dnspython]"') from _error

from .._util.causes import chain_of
from .._util.escaping import printable, quoted
from ..tls import default_ssl_context
from ._dnspython.answers import is_lame, read_reply
from ._dnspython.nameservers import DNS_PORT, parse_any_nameserver, system_nameservers
from ._dnspython.transports import LazyContext, NameServer, Plain
from .dns import DnsAnswer, NameServerError, RecordType

__all__ = ["DnspythonBackend", "read_reply", "system_nameservers"]


class DnspythonBackend:
    """A DNS backend on dnspython, which also speaks DNS over TLS and DNS over HTTPS.

    It keeps nothing from one question to the next, neither answers nor connections: there is nothing to close, and it may be used on any
    event loop and after a fork. It asks nobody but the name servers that it is given, and each only in the way that is written.

    Args:
        nameservers: In the order in which to ask them; None for those of the system, read again for each question.
            ``"192.0.2.53"``, ``"192.0.2.53:5353"``, ``"[2001:db8::53]:5353"``: UDP, and TCP for long answers.
            ``"tls://192.0.2.53#dns.example"``: DNS over TLS, at port 853 unless one is given. After ``#`` stands the name for which
            the certificate must be valid; without it that is the address.
            ``"https://dns.example/dns-query#192.0.2.53"``: DNS over HTTPS. After ``#`` stands the address of the host, which is never
            looked up; it is left out where the host is an address.
        timeout: Seconds until silence is given up.
        retry_after: Seconds after which the next name server is asked as well, or the only one again. All that were asked may still answer.
        make_ssl_context: Makes the TLS context that decides which certificates are valid. Called off the event loop at first use, once for
            TLS and once for HTTPS: each sets the protocols that its own context offers.

    Raises:
        ValueError: If a name server is none of these, or there is none.
        ImportError: If one is to be asked over HTTPS and the packages that dnspython needs for it are missing.
    """

    def __init__(
        self,
        nameservers: Iterable[str] | None = None,
        *,
        timeout: float = 10.0,
        retry_after: float = 0.7,
        make_ssl_context: Callable[[], ssl.SSLContext] = default_ssl_context,
    ) -> None:
        self._timeout = timeout
        self._retry_after = retry_after
        self._servers: Sequence[NameServer] | None = None
        if nameservers is not None:
            over_tls, over_https = LazyContext(make_ssl_context, "dot"), LazyContext(make_ssl_context)
            self._servers = [parse_any_nameserver(text, over_tls, over_https) for text in nameservers]
            if not self._servers:
                raise ValueError("the list of name servers is empty; leave it out for those of the system")

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Ask one question.

        Args:
            name: Absolute, in lower case, without the final dot.
            record_type: ``"A"``, ``"AAAA"`` or ``"SRV"``.
            refresh: Makes no difference: nothing is kept.

        Returns:
            The records at the end of the CNAME chain that begins at *name*; those of other owners, types and classes are dropped.

        Raises:
            NameServerError: If the name servers could not answer.
            TimeoutError: If none answered.
        """
        del refresh
        owner = _absolute(name)
        servers, errors = self._servers, list[Exception]()
        if servers is None:
            servers = await self._of_the_system(errors)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                answer = await self._first_answer(servers, owner, record_type, errors)
                if answer is not None:
                    return answer
        failures = (one for one in errors if isinstance(one, NameServerError) and not isinstance(one, _LameError))
        raise next(failures, TimeoutError(_SILENCE))

    @staticmethod
    async def _of_the_system(errors: list[Exception]) -> Sequence[NameServer]:
        """Read the name servers of the system; a system that names none means the one on this machine (resolv.conf(5))."""
        try:
            return await asyncio.to_thread(system_nameservers)
        except NameServerError as error:
            errors.append(error)
            return [Plain("127.0.0.1", DNS_PORT)]

    async def _first_answer(
        self, servers: Sequence[NameServer], owner: dns.name.Name, record_type: RecordType, errors: list[Exception]
    ) -> DnsAnswer | None:
        """Ask one name server after the other, in rounds, each time in another way, and keep waiting for all that were asked.

        One that fails is left out.
        """
        turns = _Turns(servers)
        asked = dict[asyncio.Task[DnsAnswer | Exception], int]()
        try:
            while turns.queue:
                patience = self._retry_after * 2**turns.rounds  # doubled: more questions slow servers down
                index, server = turns.take()
                asked[asyncio.create_task(_attempt(server, owner, record_type))] = index
                done, _ = await asyncio.wait(asked, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    turns.leave_out(asked.pop(task))
                    if isinstance(outcome := task.result(), DnsAnswer):
                        return outcome
                    errors.append(outcome)
            return _lame_answer(errors)
        finally:
            await _cancel(asked)


def _lame_answer(errors: Sequence[Exception]) -> DnsAnswer | None:
    """Return the answer that counts where all name servers are lame; None if one of them failed in another way."""
    lame = [error for error in errors if isinstance(error, _LameError)]
    return lame[0].answer if lame and len(lame) == len(errors) else None


async def _cancel(tasks: Collection[asyncio.Task[DnsAnswer | Exception]]) -> None:
    """Cancel tasks, and wait until they have ended; unlike `gather`, `wait` does not cancel them again if it is cancelled itself."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


class _LameError(NameServerError):
    """An empty answer of a name server that neither knows the name nor asks others about it; it counts only if all others are lame, too.

    Attributes:
        answer: The answer.
    """

    def __init__(self, answer: DnsAnswer) -> None:
        super().__init__("the name server neither knows the name nor asks others about it")
        self.answer: DnsAnswer = answer


class _Turns:
    """The order in which name servers are asked: in rounds, each server in another way each time.

    Attributes:
        queue: The indexes of those that have not failed.
    """

    def __init__(self, servers: Sequence[NameServer]) -> None:
        self.queue: deque[int] = deque(range(len(servers)))
        self._taken = 0
        self._first = servers
        self._later: dict[int, NameServer] = {}

    @property
    def rounds(self) -> int:
        """How many times each has been asked."""
        return self._taken // len(self._first)

    def leave_out(self, index: int) -> None:
        """Remove a name server from the order."""
        if index in self.queue:
            self.queue.remove(index)

    def take(self) -> tuple[int, NameServer]:
        """Return the next name server with its index."""
        index = self.queue[0]
        self.queue.rotate(-1)
        self._taken += 1
        asked = self._later.get(index)
        self._later[index] = server = asked.another_way() if asked else self._first[index]
        return index, server


async def _attempt(server: NameServer, owner: dns.name.Name, record_type: RecordType) -> DnsAnswer | Exception:
    """Ask once; errors are returned, not raised, as another server may have answered and nobody may be left to handle them."""
    try:
        reply = await server.ask(owner, record_type)
        return _LameError(read_reply(reply)) if is_lame(reply) else read_reply(reply)
    except NameServerError as error:
        return error
    except Exception as error:  # noqa: BLE001 - the HTTP client under dnspython has errors of its own, and is another one in each version
        failure = _in_plain_words(error)
        failure.__cause__ = error
        return failure


_SILENCE = "no answer from the name server"


def _in_plain_words(error: Exception) -> Exception:
    """Say what happened; below the error of an HTTP client lies one of the operating system or of TLS."""
    match next((one for one in chain_of(error) if isinstance(one, OSError)), error):
        case TimeoutError():
            return TimeoutError(_SILENCE)
        case ssl.SSLCertVerificationError() as refused:
            text = f"the certificate of the name server is not valid: {printable(refused.verify_message)}"
        case OSError() as failed:
            text = f"the name server cannot be reached: {printable(failed.strerror or str(failed))}"
        case EOFError():
            text = "the name server closes the connection"
        case dns.exception.DNSException():
            text = "the name server's reply cannot be read"
        case _:
            text = f"the name server cannot be reached: {type(error).__name__}"
    return NameServerError(text)


def _absolute(name: str) -> dns.name.Name:
    """Make the name of its labels: dnspython's own parser knows escapes and international names."""
    try:
        return dns.name.Name([*(label.encode("ascii") for label in name.split(".")), b""])
    except (dns.exception.DNSException, UnicodeError) as error:
        raise NameServerError(f"the DNS cannot be asked for {quoted(name)}") from error
