"""Makes one query to one name server with dnspython, over UDP and TCP, or TLS.

This module does not use dnspython's own name-server classes. The one for TLS does not check the name in the certificate by default, and all of
them create a TLS context for each query, on the event loop.
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

from ..._util.causes import file_error_text
from ..dns import NameServerError, RecordType
from .replies import read_message

PADDING = 128  # octets; RFC 8467, section 4.1: so the length of an encrypted query reveals little about its name
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
    """A name server that can be queried."""

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Make one query once, and wait without a limit. Any exception means that there is no answer."""
        ...

    def another_way(self) -> "NameServer":
        """Return the same name server, to be queried in another way after it did not answer."""
        ...


@attrs.frozen
class Plain:
    """A name server that is queried over UDP, and over TCP if an answer does not fit into UDP."""

    address: str
    port: int
    manner: Manner = attrs.field(default="EDNS", repr=False)

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Make the query once, and once more without EDNS if the reply is an error.

        Name servers and middleboxes that do not support EDNS should respond with FORMERR (RFC 6891, section 7), but some use another error.
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
            await (
                asyncio.get_running_loop().create_future()
            )  # wait until cancelled, because UDP may still bring an answer
        reply = await _ask_over_udp(question, self.address, self.port)
        if not reply.flags & dns.flags.TC:
            return reply
        with suppress(EOFError, ConnectionResetError):
            return await _ask_over_stream(question, self.address, self.port)
        return await _ask_over_stream(
            question, self.address, self.port
        )  # again, because the first one was closed too early

    def another_way(self) -> "Plain":
        """Return the same name server, to be queried in another way.

        Some middleboxes drop queries with EDNS or the long replies to them. Others drop UDP.
        """
        return attrs.evolve(self, manner=_NEXT_MANNER[self.manner])


class LazyContext:
    """A TLS context for one kind of name server. It is created at first use, off the event loop.

    Args:
        make: Creates the context.
        protocol: The protocol that it offers in ALPN, or None if the HTTP client sets that.
    """

    def __init__(self, make: Callable[[], ssl.SSLContext], protocol: str | None = None) -> None:
        self._make = make
        self._protocol = protocol
        self._context: ssl.SSLContext | None = None
        self._lock = Lock()

    async def ready(self) -> ssl.SSLContext:
        """Return the context."""
        if self._context is not None:
            return self._context
        try:
            return await asyncio.to_thread(self._get)
        except OSError as error:  # such as a file of certificates that does not exist or is empty
            raise NameServerError(
                f"the TLS context for the name server cannot be created: {file_error_text(error)}"
            ) from error

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
    """A name server that is queried over TLS (RFC 7858)."""

    address: str
    port: int
    tls_name: str
    context: LazyContext

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Make the query on a new connection."""
        question = dns.message.make_query(name, record_type, use_edns=0, pad=PADDING)
        context = await self.context.ready()
        return await _ask_over_stream(question, self.address, self.port, context, self.tls_name)

    def another_way(self) -> "OverTls":
        """Return itself, because nobody on the path can see the queries and drop some of them."""
        return self


async def _ask_over_udp(question: dns.message.Message, address: str, port: int) -> dns.message.Message:
    """Send *question*, and wait for its reply. Other datagrams are ignored, because anybody can send them (RFC 5452, section 9.1).

    The socket is connected, so the system drops datagrams from other addresses, and reports if no program listens on the port.
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
    """Selects the reply to a query among the received datagrams.

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
    """Make the query over TCP or TLS (RFC 1035, section 4.2.2).

    dnspython's own function would leave a TLS connection open for half a minute if the server does not end TLS cleanly.
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
    """Return *reply* if it belongs to *question*, and raise `NameServerError` otherwise."""
    if not question.is_response(reply):
        raise NameServerError("the name server's reply belongs to another query")
    return reply
