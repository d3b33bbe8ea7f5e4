"""How dnspython asks one name server once, over UDP and TCP or TLS.

dnspython's own name-server classes are not used: the one for TLS checks no name in the certificate unless it is told one, and all of them
make a TLS context for each question, on the event loop.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Literal, Protocol

import attrs
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode

from ..dns import NameServerError, RecordType
from .replies import read_message

PADDING = 128  # octets; RFC 8467, section 4.1: the length of an encrypted question says little about its name
_UDP_PAYLOAD = 1232  # octets that fit into every IPv6 packet: DNS flag day 2020


Manner = Literal["EDNS", "without EDNS", "TCP"]
_NEXT_MANNER: dict[Manner, Manner] = {"EDNS": "without EDNS", "without EDNS": "TCP", "TCP": "EDNS"}
_MAYBE_FOR_EDNS = {
    dns.rcode.FORMERR,
    dns.rcode.SERVFAIL,
    dns.rcode.NOTIMP,
    dns.rcode.REFUSED,
    dns.rcode.BADVERS,
    dns.rcode.BADCOOKIE,
}


class NameServer(Protocol):
    """A name server that can be asked."""

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Ask one question once, and wait without a limit; any exception means that there is no answer."""
        ...

    def another_way(self) -> "NameServer":
        """Return the same name server, to be asked in another way after it was silent."""
        ...


@attrs.frozen
class Plain:
    """A name server on UDP, and TCP for what does not fit."""

    address: str
    port: int
    manner: Manner = attrs.field(default="EDNS", repr=False)

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Ask once, and once more without EDNS if the reply is an error.

        Name servers and middleboxes that do not know EDNS should say FORMERR (RFC 6891, section 7); each of the other errors also occurs.
        """
        if self.manner == "EDNS":
            reply = await self._ask(dns.message.make_query(name, record_type, use_edns=0, payload=_UDP_PAYLOAD))
            if reply.rcode() not in _MAYBE_FOR_EDNS:
                return reply
        return await self._ask(dns.message.make_query(name, record_type))

    async def _ask(self, question: dns.message.Message) -> dns.message.Message:
        if self.manner == "TCP":
            with suppress(OSError, EOFError):
                return await _ask_over_stream(question, self.address, self.port)
            await asyncio.get_running_loop().create_future()  # UDP may still answer: wait until cancelled
        reply = await _ask_over_udp(question, self.address, self.port)
        if not reply.flags & dns.flags.TC:
            return reply
        with suppress(EOFError, ConnectionResetError):
            return await _ask_over_stream(question, self.address, self.port)
        return await _ask_over_stream(question, self.address, self.port)  # once more: the first was closed too early

    def another_way(self) -> "Plain":
        """Return the same name server, to be asked in another way.

        Some middleboxes drop questions with EDNS or the long replies to them, others drop UDP.
        """
        return attrs.evolve(self, manner=_NEXT_MANNER[self.manner])


class LazyContext:
    """A TLS context that is made at first use, off the event loop, for one kind of name server.

    Args:
        make: Makes it.
        protocol: What it offers in ALPN; None where the HTTP client sees to that.
    """

    def __init__(self, make: Callable[[], ssl.SSLContext], protocol: str | None = None) -> None:
        self._make = make
        self._protocol = protocol
        self._context: ssl.SSLContext | None = None
        self._lock = Lock()

    async def ready(self) -> ssl.SSLContext:
        """Give the context."""
        if self._context is not None:
            return self._context
        try:
            return await asyncio.to_thread(self._get)
        except OSError as error:  # such as a file of certificates that is not there, or holds none
            raise NameServerError(f"there is no TLS context to ask the name server with: {error}") from error

    def _get(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                context = self._make()
                if self._protocol is not None:
                    context.set_alpn_protocols([self._protocol])
                self._context = context
            return self._context


@attrs.frozen
class OverTls:
    """A name server on DNS over TLS: RFC 7858."""

    address: str
    port: int
    tls_name: str
    context: LazyContext

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Ask on a connection of its own."""
        question = dns.message.make_query(name, record_type, use_edns=0, pad=PADDING)
        context = await self.context.ready()
        return await _ask_over_stream(question, self.address, self.port, context, self.tls_name)

    def another_way(self) -> "OverTls":
        """Return itself: nobody on the path can see the questions and drop some of them."""
        return self


async def _ask_over_udp(question: dns.message.Message, address: str, port: int) -> dns.message.Message:
    """Wait for a reply to *question*; whatever else comes is ignored, as anybody can send it (RFC 5452, section 9.1).

    The socket is connected: the system drops what comes from elsewhere, and tells if nothing listens there.
    """
    loop = asyncio.get_running_loop()
    transport, datagrams = await loop.create_datagram_endpoint(
        lambda: _Datagrams(question), remote_addr=(address, port)
    )
    try:
        transport.sendto(question.to_wire())
        return await datagrams.reply
    finally:
        transport.close()


class _Datagrams(asyncio.DatagramProtocol):
    """Picks the reply to a question out of what comes.

    Attributes:
        reply: The reply, or the error of the operating system.
    """

    def __init__(self, question: dns.message.Message) -> None:
        self.reply: asyncio.Future[dns.message.Message] = asyncio.get_running_loop().create_future()
        self._question = question

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        try:
            reply = read_message(data, self._question)
        except dns.exception.DNSException:
            return
        if not self.reply.done() and self._question.is_response(reply):
            self.reply.set_result(reply)

    def error_received(self, exc: Exception) -> None:
        if not self.reply.done():
            self.reply.set_exception(exc)


async def _ask_over_stream(
    question: dns.message.Message,
    address: str,
    port: int,
    context: ssl.SSLContext | None = None,
    tls_name: str | None = None,
) -> dns.message.Message:
    """Ask as RFC 1035, section 4.2.2, says.

    dnspython's own would leave a TLS connection open for half a minute where the server does not say goodbye.
    """
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=tls_name)
    try:
        writer.write(question.to_wire(prepend_length=True))
        length = int.from_bytes(await reader.readexactly(2), "big")
        reply = read_message(await reader.readexactly(length), question)
    finally:
        writer.close()
        writer.transport.abort()
    return checked(reply, question)


def checked(reply: dns.message.Message, question: dns.message.Message) -> dns.message.Message:
    """Give *reply* if it belongs to *question*; anything else is a `NameServerError`."""
    if not question.is_response(reply):
        raise NameServerError("the name server's reply is to another question")
    return reply
