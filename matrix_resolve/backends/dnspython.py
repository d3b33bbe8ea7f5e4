"""A DNS backend on dnspython. It supports DNS over TLS and HTTPS, and returns the lifetime of empty answers.

It does not use dnspython's resolver, which closes its socket before it repeats a query, so that the answer of a slow name server is lost.
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
    raise ImportError(
        'dnspython is not installed; install it with: pip install "matrix-resolve[dnspython]"'
    ) from _error

from .._util.argument_checks import TIMEOUT
from .._util.causes import chain_of, os_error_text
from .._util.escaping import printable, quoted
from ..tls import default_ssl_context
from ._arguments.nameservers import listed_strings
from ._dnspython.answers import is_lame, read_reply
from ._dnspython.nameservers import DNS_PORT, parse_any_nameserver, system_nameservers
from ._dnspython.transports import LazyContext, NameServer, Plain
from .dns import DnsAnswer, NameServerError, RecordType

__all__ = ["DnspythonBackend"]


class DnspythonBackend:
    """A DNS backend on dnspython, which also supports DNS over TLS and DNS over HTTPS.

    It keeps neither answers nor connections from one query to the next. So there is nothing to close, and it can be used on any event loop and
    after a fork. It uses only the name servers in its list, and each of them only with the protocol of its entry.

    Args:
        nameservers: Name servers in the order in which to query them; None for those of the system, read again for each query.
            ``"192.0.2.53"``, ``"192.0.2.53:5353"``, ``"[2001:db8::53]:5353"``: UDP, and TCP for long answers.
            ``"tls://192.0.2.53#dns.example"``: DNS over TLS, by default on port 853. The certificate must be valid for the name
            after ``#``, or for the address if there is no name.
            ``"https://dns.example/dns-query#192.0.2.53"``: DNS over HTTPS. The address of the host follows after ``#``, because the host is never
            looked up. Leave it out if the host is an address.
        timeout: Seconds to wait for an answer.
        retry_interval: Seconds after which the next name server is also queried, or the only one is queried again. Earlier queries may still be
            answered.
        make_ssl_context: Creates the TLS context that decides which certificates are valid. Called off the event loop at first use, once for
            TLS and once for HTTPS, because the two contexts offer different protocols.

    Raises:
        TypeError: If *nameservers* is a single string, or a timeout is not a number.
        ValueError: If a name server is not in one of these forms, the list is empty, or a timeout is not from 0.01 to 3,600.
        ImportError: If a name server uses HTTPS, and the packages that dnspython needs for it are not installed.
    """

    def __init__(
        self,
        nameservers: Iterable[str] | None = None,
        *,
        timeout: float = 10.0,
        retry_interval: float = 0.7,
        make_ssl_context: Callable[[], ssl.SSLContext] = default_ssl_context,
    ) -> None:
        TIMEOUT.check("DnspythonBackend.timeout", timeout)
        TIMEOUT.check("DnspythonBackend.retry_interval", retry_interval)
        self._timeout = timeout
        self._retry_interval = retry_interval
        self._servers: Sequence[NameServer] | None = None
        if nameservers is not None:
            over_tls, over_https = LazyContext(make_ssl_context, "dot"), LazyContext(make_ssl_context)
            texts = listed_strings(nameservers)
            self._servers = [parse_any_nameserver(text, over_tls, over_https) for text in texts]

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Look up the records of one type at one name.

        Args:
            name: An absolute name in lower case, without the final dot.
            record_type: ``"A"``, ``"AAAA"`` or ``"SRV"``.
            refresh: Has no effect, because there is no cache.

        Returns:
            The records at the end of the CNAME chain that begins at *name*. Records of other owners, types and classes are dropped.

        Raises:
            NameServerError: If the name servers could not answer.
            TimeoutError: If no name server answered.
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
        """Return the name servers of the system. If it lists none, the one on this machine is used (resolv.conf(5))."""
        try:
            return await asyncio.to_thread(system_nameservers)
        except NameServerError as error:
            errors.append(error)
            return [Plain("127.0.0.1", DNS_PORT)]

    async def _first_answer(
        self, servers: Sequence[NameServer], owner: dns.name.Name, record_type: RecordType, errors: list[Exception]
    ) -> DnsAnswer | None:
        """Query the name servers one after the other, in rounds. In each round, a server is queried in another way. Earlier queries continue.

        A name server that fails is not queried again.
        """
        turns = _Turns(servers)
        asked = dict[asyncio.Task[DnsAnswer | Exception], int]()
        try:
            while turns.queue:
                patience = self._retry_interval * 2**turns.rounds  # doubled, because more queries slow servers down
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
    """Return an empty answer if all name servers are lame, or None if one of them failed in another way."""
    lame = [error for error in errors if isinstance(error, _LameError)]
    return lame[0].answer if lame and len(lame) == len(errors) else None


async def _cancel(tasks: Collection[asyncio.Task[DnsAnswer | Exception]]) -> None:
    """Cancel tasks, and wait until they have ended. Unlike `gather`, `wait` does not cancel them again if it is cancelled itself."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


class _LameError(NameServerError):
    """An empty answer of a lame name server, which neither serves the zone nor recurses. It is used only if all other name servers are lame as well.

    Attributes:
        answer: The answer.
    """

    def __init__(self, answer: DnsAnswer) -> None:
        super().__init__("the name server neither serves this zone nor queries other name servers for it")
        self.answer: DnsAnswer = answer


class _Turns:
    """The order in which name servers are queried: in rounds, and in each round in another way.

    Attributes:
        queue: The indexes of the name servers that have not failed.
    """

    def __init__(self, servers: Sequence[NameServer]) -> None:
        self.queue: deque[int] = deque(range(len(servers)))
        self._taken = 0
        self._first = servers
        self._later: dict[int, NameServer] = {}

    @property
    def rounds(self) -> int:
        """How many times each name server has been queried."""
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
    """Make one query. Errors are returned, not raised: if another server has answered already, no code would handle them."""
    try:
        reply = await server.ask(owner, record_type)
        return _LameError(read_reply(reply)) if is_lame(reply) else read_reply(reply)
    except NameServerError as error:
        return error
    except Exception as error:  # noqa: BLE001 - the HTTP client below has its own errors, and differs between versions of dnspython
        failure = _in_plain_words(error)
        failure.__cause__ = error
        return failure


_SILENCE = "no answer from the name server"


def _in_plain_words(error: Exception) -> Exception:
    """Return an error with a plain message. For an error of the HTTP client, the message is that of the OS or TLS error behind it."""
    match next((one for one in chain_of(error) if isinstance(one, OSError)), error):
        case TimeoutError():
            return TimeoutError(_SILENCE)
        case ssl.SSLCertVerificationError() as refused:
            text = f"the certificate of the name server is not valid: {printable(refused.verify_message)}"
        case OSError() as failed:
            text = f"the name server cannot be reached: {os_error_text(failed)}"
        case EOFError():
            text = "the name server closed the connection"
        case dns.exception.DNSException():
            text = "the name server's reply cannot be parsed"
        case _:
            text = f"the name server cannot be reached: {type(error).__name__}"
    return NameServerError(text)


def _absolute(name: str) -> dns.name.Name:
    """Return *name* as a dnspython name, made from its labels, because dnspython's own parser interprets escapes and international names."""
    try:
        return dns.name.Name([*(label.encode("ascii") for label in name.split(".")), b""])
    except (dns.exception.DNSException, UnicodeError) as error:
        raise NameServerError(f"{quoted(name)} cannot be queried in the DNS") from error
