"""Checks with servers that never stop sending, as a table.

A request to one ends at its timeout, or before; the event loop keeps running meanwhile. Nothing here depends on how fast anything is. The
servers send for longer than a request may take: a request that ends before they give up has ended by itself. And if it ends at its timeout,
the event loop has run a few iterations; a loop that was blocked until then has not.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic

import attrs

from ...backends.http import HttpBackend, HttpResponse
from .expectations import UnexpectedError, end, show, until
from .flood import Flood, Pieces, TlsInMemory, plain
from .http_testbed import HttpsCheck, HttpsTestbed, ask

_TIMEOUT = 0.4  # seconds
_ROUNDS = 3
"""Iterations of the event loop that a check requires.

After a backend has blocked the loop, there are two before the check goes on; a timeout that ends a task takes two more.
"""
_NO_LIMIT = 2**30  # bytes of a body: it is the timeout that has to end the request
_LIMIT = 51_200  # bytes
_OK = b"HTTP/1.1 200 OK\r\n"
_TO_THE_END = _OK + b"Connection: close\r\n\r\n"
_HEADER = b"X-Flood: " + b"x" * 100 + b"\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_CLOSED = "a connection that is closed when the request has ended"
_NOTE = (
    "Let the event loop run between two reads, also while there is more to read, and put asyncio.timeout around all of it; "
    "then close the connection without an orderly TLS shutdown, which would go on reading; "
    "a small receive buffer (SO_RCVBUF) limits what one read can return."
)


class _Ticker:
    """Counts the iterations of the event loop once *flood* has begun."""

    def __init__(self, flood: Flood) -> None:
        self.rounds = 0
        self._flood = flood

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.rounds += self._flood.has_begun


@asynccontextmanager
async def _ticking(flood: Flood) -> AsyncGenerator[_Ticker]:
    ticker = _Ticker(flood)
    task = asyncio.create_task(ticker.run())
    try:
        yield ticker
    finally:
        await end(task)


@attrs.frozen
class _Row:
    """A flood.

    Attributes:
        name: What is sent, in kebab case.
        what: The same in words.
        pieces: Makes what is sent.
        max_bytes: How much of a body is asked for.
        body: A body that is complete, although the server goes on; a response with it is right.
    """

    name: str
    what: str
    pieces: Pieces
    max_bytes: int = _LIMIT
    body: bytes | None = None


async def _ends_in_time(row: _Row, testbed: HttpsTestbed, http: HttpBackend) -> Flood:
    flood = testbed.flood(row.pieces, longer_than=_TIMEOUT)
    response = await _ask(flood, row, http)
    if response is not None and not _is_right(response, row):
        raise UnexpectedError(show(response), f"an exception, or {row.max_bytes} bytes of a body that is truncated")
    return flood


async def _ends_in_time_alone(row: _Row, testbed: HttpsTestbed, http: HttpBackend) -> None:
    await _ends_in_time(row, testbed, http)


async def _ends_for_good(row: _Row, testbed: HttpsTestbed, http: HttpBackend) -> None:
    flood = await _ends_in_time(row, testbed, http)
    await until(lambda: flood.has_ended, _CLOSED)
    if flood.has_given_up:
        raise UnexpectedError("a connection that was still read after the request had ended", _CLOSED)


async def _ask(flood: Flood, row: _Row, http: HttpBackend) -> HttpResponse | None:
    """Make the request, and return the response, or None if it failed; raise if it ended too late or blocked the event loop."""
    async with _ticking(flood) as ticker:
        began = monotonic()
        response = await _outcome(http, f"https://a.example:{flood.port}/x", row.max_bytes)
        is_timed_out = monotonic() - began >= _TIMEOUT
    if flood.has_given_up:
        raise UnexpectedError("an end only after the server had given up", f"an end after {_TIMEOUT} seconds")
    if not (flood.has_begun or is_timed_out):
        raise UnexpectedError("an exception before the server had sent anything", "a request that reaches the server")
    if is_timed_out and flood.has_begun and ticker.rounds < _ROUNDS:
        came = f"an event loop that ran {ticker.rounds} iterations while the server was sending"
        raise UnexpectedError(came, "an event loop that keeps running")
    return response


def _is_right(response: HttpResponse, row: _Row) -> bool:
    return response.body == row.body or (response.truncated and len(response.body) == row.max_bytes)


async def _outcome(http: HttpBackend, url: str, max_bytes: int) -> HttpResponse | None:
    try:
        return await ask(http, url, max_bytes=max_bytes, timeout=_TIMEOUT)
    except UnexpectedError:
        raise
    except Exception:  # noqa: BLE001 - any exception is right: so the contract says
        return None


_ROWS = (
    _Row("interim-responses", "interim responses (100)", plain(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    _Row("headers", "headers", plain(_OK, _HEADER)),
    _Row("one-header", "one header", plain(_OK + b"X-Flood: ", b"x" * 1024)),
    _Row("chunk-extensions", "extensions of a chunk", plain(_CHUNKED + b"1", b";name=value")),
    _Row("one-byte-chunks", "chunks of one byte", plain(_CHUNKED, b"1\r\nx\r\n"), _NO_LIMIT),
    _Row("trailers", "trailers", plain(_CHUNKED + b"1\r\nx\r\n0\r\n", _HEADER), body=b"x"),
    _Row("body", "a body", plain(_TO_THE_END, b"x" * 1024)),
    _Row("body-that-is-wanted", "a body that is wanted", plain(_TO_THE_END, b"x" * 1024), _NO_LIMIT),
    _Row(
        "one-byte-records",
        "a body in TLS records of one byte",
        plain(_TO_THE_END, b"x" * 1024, record=1),
        _NO_LIMIT,
    ),
    _Row("key-updates", "TLS KeyUpdates", partial(TlsInMemory.key_updates, is_reply_wanted=False)),
)
_WITH_REPLIES = _Row(
    "key-updates-with-replies",
    "TLS KeyUpdates that ask for a reply",
    partial(TlsInMemory.key_updates, is_reply_wanted=True),
)
FLOODS: Sequence[HttpsCheck] = tuple(
    HttpsCheck(
        f"flood-of-{row.name}",
        f"A request to a server that sends {row.what} without end ends in time, and the event loop keeps running.",
        partial(_ends_in_time_alone, row),
        _NOTE,
    )
    for row in _ROWS
)
BOUNDED_FLOODS: Sequence[HttpsCheck] = tuple(
    HttpsCheck(
        f"bounded-flood-of-{row.name}",
        f"A request to a server that sends {row.what} without end ends in time, and so does reading; the event loop keeps running.",
        partial(_ends_for_good, row),
        _NOTE,
    )
    for row in (*_ROWS, _WITH_REPLIES)
)
"""Stricter than the contract: what a backend with sockets of its own has to do.

An orderly TLS shutdown, which is what transports do by default, goes on reading for up to 30 seconds. And replies to KeyUpdates cost so
much that one read of asyncio's transports (256 KiB; 2 MiB with uvloop) takes from a third of a second to several seconds if the receive
buffer is not small.
"""
