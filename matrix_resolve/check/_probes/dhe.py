"""Detect whether a server that refuses a handshake accepts only finite-field Diffie-Hellman (DHE), which this library does not offer.

With DHE the server chooses the size of the numbers, and a large size costs a client a second of CPU time. So the handshake is not completed:
the server's first message shows whether it accepts the suites, before this side has to calculate anything.
"""

import asyncio
import contextlib
import ssl

from ..exchanges import ConnectionProblem

_DHE_ALONE = "kDHE:!aNULL:@SECLEVEL=0"
"""OpenSSL's names. The security level would reject small keys, but no key is calculated here."""
_CODES = {"tls", "reset"}
_OTHER_REASONS = {
    "TLSV1_UNRECOGNIZED_NAME",
    "TLSV1_ALERT_UNRECOGNIZED_NAME",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "NO_PROTOCOLS_AVAILABLE",
}
_ALERT, _HANDSHAKE, _SERVER_HELLO, _WARNING = 21, 22, 2, 1
"""RFC 5246, sections 6.2.1, 7.2 and 7.4."""
_RECORD_HEADER = 5


def may_want_dhe(trouble: ConnectionProblem) -> bool:
    """Return whether a handshake may have failed because there is no common cipher suite."""
    return trouble.during == "tls" and trouble.code in _CODES and trouble.name not in _OTHER_REASONS


async def accepts_dhe(place: tuple[str, int], tls_server_name: str, seconds: float) -> bool:
    """Return whether the server at *place* accepts a TLS 1.2 handshake with only DHE suites.

    Args:
        place: The IP address and port.
        tls_server_name: The name to send in the handshake.
        seconds: The timeout for the connection and the reply.
    """
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        async with asyncio.timeout(seconds):
            return await _first_message(_client_hello(tls_server_name), place) == _SERVER_HELLO
    return False


async def _first_message(hello: bytes, place: tuple[str, int]) -> int | None:
    """Return the type of the server's first handshake message; None if it sends another kind of record."""
    reader, writer = await asyncio.open_connection(*place)
    try:
        writer.write(hello)
        kind, begin = await _record(reader)
        if kind == _ALERT and begin == _WARNING:  # some servers send a warning about an unknown name, and continue
            await reader.readexactly(1)
            kind, begin = await _record(reader)
        return begin if kind == _HANDSHAKE else None
    finally:
        writer.transport.abort()


async def _record(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Return the type of the next record and its first byte."""
    data = await reader.readexactly(_RECORD_HEADER + 1)
    return data[0], data[_RECORD_HEADER]


def _client_hello(tls_server_name: str) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_DHE_ALONE)
    outgoing = ssl.MemoryBIO()
    handshake = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=tls_server_name)
    with contextlib.suppress(ssl.SSLWantReadError):
        handshake.do_handshake()
    return outgoing.read()
