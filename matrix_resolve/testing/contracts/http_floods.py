"""A table of checks with servers that never stop sending.

A request to such a server must end at its timeout or earlier, and the event loop must keep running. The results do not
depend on the speed of the machine. The servers send for longer than a request may take, so a request that ends before
they give up has ended on its own. If it ends at its timeout, the event loop must have run a few iterations until then,
which a blocked loop does not.
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
"""The lowest number of iterations that proves that the event loop was running.

If a backend blocks the loop, there are at most two iterations before the check continues. A timeout that cancels a task
takes two more.
"""
_NO_LIMIT = 2**30  # bytes of a body; so many that only the timeout can end the request
_LIMIT = 51_200  # bytes
_OK = b"HTTP/1.1 200 OK\r\n"
_TO_THE_END = _OK + b"Connection: close\r\n\r\n"
_HEADER = b"X-Flood: " + b"x" * 100 + b"\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_CLOSED = "a connection that is closed when the request ends"
_NOTE = (
    "Let the event loop run between two reads, even while there is more to read, and put asyncio.timeout around the whole request; "
    "then close the connection without an orderly TLS shutdown, which would continue to read; "
    "a small receive buffer (SO_RCVBUF) limits how much one read can return."
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
        what: What is sent, in words.
        pieces: Creates what is sent.
        max_bytes: The limit that is passed to the backend.
        body: A body that is complete although the server continues to send. A response with this body is correct.
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
        raise UnexpectedError("a connection that was still read after the request ended", _CLOSED)


async def _ask(flood: Flood, row: _Row, http: HttpBackend) -> HttpResponse | None:
    """Make the request, and return the response, or None if it failed.

    Raises:
        UnexpectedError: If the request ended too late or blocked the event loop.
    """
    async with _ticking(flood) as ticker:
        began = monotonic()
        response = await _outcome(http, f"https://a.example:{flood.port}/x", row.max_bytes)
        is_timed_out = monotonic() - began >= _TIMEOUT
    if flood.has_given_up:
        raise UnexpectedError(
            "a request that was still running when the server gave up", f"a request that ends after {_TIMEOUT} seconds"
        )
    if not (flood.has_begun or is_timed_out):
        raise UnexpectedError("an exception before the server sent anything", "a request that reaches the server")
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
    except Exception:  # noqa: BLE001 - the contract allows any exception
        return None


_ROWS = (
    _Row("interim-responses", "interim responses (100)", plain(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    _Row("headers", "headers", plain(_OK, _HEADER)),
    _Row("one-header", "one header", plain(_OK + b"X-Flood: ", b"x" * 1024)),
    _Row("chunk-extensions", "chunk extensions", plain(_CHUNKED + b"1", b";name=value")),
    _Row("one-byte-chunks", "chunks of one byte", plain(_CHUNKED, b"1\r\nx\r\n"), _NO_LIMIT),
    _Row("trailers", "trailers", plain(_CHUNKED + b"1\r\nx\r\n0\r\n", _HEADER), body=b"x"),
    _Row("body", "a body", plain(_TO_THE_END, b"x" * 1024)),
    _Row("body-that-is-wanted", "a body within the size limit", plain(_TO_THE_END, b"x" * 1024), _NO_LIMIT),
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
    "TLS KeyUpdates that request a reply",
    partial(TlsInMemory.key_updates, is_reply_wanted=True),
)
FLOODS: Sequence[HttpsCheck] = tuple(
    HttpsCheck(
        f"flood-of-{row.name}",
        f"A request to a server that sends {row.what} endlessly ends in time, and the event loop keeps running.",
        partial(_ends_in_time_alone, row),
        _NOTE,
    )
    for row in _ROWS
)
BOUNDED_FLOODS: Sequence[HttpsCheck] = tuple(
    HttpsCheck(
        f"bounded-flood-of-{row.name}",
        f"A request to a server that sends {row.what} endlessly ends in time, and so does reading; the event loop keeps running.",
        partial(_ends_for_good, row),
        _NOTE,
    )
    for row in (*_ROWS, _WITH_REPLIES)
)
"""Checks that are stricter than the contract, for a backend that controls its own sockets.

By default, transports shut TLS down in an orderly way, which continues to read for up to 30 seconds. Replies to
KeyUpdates are so expensive that, without a small receive buffer, one read of asyncio's transports (256 KiB; 2 MiB with
uvloop) takes from a third of a second to several seconds.
"""
