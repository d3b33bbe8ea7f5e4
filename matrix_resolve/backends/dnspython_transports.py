"""How dnspython asks one name server once, over UDP and TCP or TLS.

Not used are dnspython's own name-server classes: the one for TLS checks no name in the certificate unless it is told one, and all of them
make a TLS context for each question, on the event loop.
"""

import asyncio
import ssl
from collections.abc import Callable
from threading import Lock
from typing import Protocol

import attrs
import dns.asyncbackend
import dns.asyncquery
import dns.message
import dns.name
import dns.rcode

from .dns import NameServerError, RecordType

PADDING = 128  # octets; RFC 8467, section 4.1: the length of an encrypted question says little about its name
_UDP_PAYLOAD = 1232  # octets that fit into every IPv6 packet: DNS flag day 2020


class NameServer(Protocol):
    """Can be asked."""

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Ask one question once; there is no end to the waiting, and any exception means that there is no answer."""
        ...


@attrs.frozen
class Plain:
    """A name server on UDP, and TCP for what does not fit."""

    address: str
    port: int

    async def ask(self, name: dns.name.Name, record_type: RecordType) -> dns.message.Message:
        """Ask with EDNS and, if the name server does not know it, without (RFC 6891, section 7)."""
        reply = await self._ask(dns.message.make_query(name, record_type, use_edns=0, payload=_UDP_PAYLOAD))
        if reply.rcode() == dns.rcode.FORMERR:
            return await self._ask(dns.message.make_query(name, record_type))
        return reply

    async def _ask(self, question: dns.message.Message) -> dns.message.Message:
        try:
            return await dns.asyncquery.udp(
                question,
                self.address,
                port=self.port,
                ignore_unexpected=True,  # datagrams of others,
                ignore_errors=True,  # and those that cannot be read or answer something else
                raise_on_truncation=True,
                backend=dns.asyncbackend.get_backend("asyncio"),
            )
        except dns.message.Truncated:
            return await _ask_over_stream(question, self.address, self.port)


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
        reply = dns.message.from_wire(await reader.readexactly(length))
    finally:
        writer.close()
        writer.transport.abort()
    return checked(reply, question)


def checked(reply: dns.message.Message, question: dns.message.Message) -> dns.message.Message:
    """Give *reply* if it belongs to *question*; anything else is a `NameServerError`."""
    if not question.is_response(reply):
        raise NameServerError("the name server's reply is to another question")
    return reply
