"""How an HTTP backend handles responses, and servers that do not respond."""

import asyncio
import gzip
import math
import zlib
from collections.abc import Sequence
from functools import partial

from ...backends.http import HttpBackend, HttpResponse
from ..loopback.replies import Reply
from .expectations import UnexpectedError, end, expect, expect_failure, gather, until
from .http_testbed import HttpCheck, HttpTestbed, ask
from .report import rule

_STATUSES = (200, 201, 400, 403, 404, 410, 429, 500, 503, 599)
_REDIRECTS = (301, 302, 303, 307, 308)
_OK = Reply(body=b"ok")
_MANY = 20
_A_WHILE = 0.3  # seconds
_LONGER = 1.0  # seconds; long enough to start five requests and cancel one


async def every_status_is_a_response(testbed: HttpTestbed, http: HttpBackend) -> None:
    """A response with any status is returned; no status raises an exception."""
    for status in _STATUSES:
        response = await ask(http, testbed.reply(f"/{status}", Reply(status=status, body=b"body")))
        expect(
            (response.status, response.body, response.truncated), (status, b"body", False), "status, body, truncated"
        )


async def redirects_are_not_followed(testbed: HttpTestbed, http: HttpBackend) -> None:
    """A redirect is returned like any other response, and not followed.

    The library follows redirects itself, with the addresses of the next host.
    """
    elsewhere = testbed.reply("/elsewhere", _OK)
    for status in _REDIRECTS:
        for location in (elsewhere, "/elsewhere", "https://b.example/", "http://a.example/"):
            url = testbed.reply("/moved", Reply(status=status, headers=(("Location", location),), body=b"moved"))
            response = await ask(http, url)
            came = (response.status, response.values("location"), response.body)
            expect(came, (status, [location], b"moved"), "status, Location, body")
    if elsewhere in testbed.urls:
        raise UnexpectedError(f"a request for {elsewhere}", "no other request")


async def headers_come_in_order_and_repeated(testbed: HttpTestbed, http: HttpBackend) -> None:
    """Response headers are returned as pairs, in their original order, including repeated ones."""
    headers = (("X-A", "1"), ("Cache-Control", "max-age=60"), ("x-a", "2"), ("Cache-Control", "public"), ("X-A", "1"))
    response = await ask(http, testbed.reply("/x", Reply(headers=headers)))
    pairs = [(name.lower(), value) for name, value in response.headers]
    ours = [(name.lower(), value) for name, value in headers]
    expect([pair for pair in pairs if pair[0] in {"x-a", "cache-control"}], ours, "headers")


async def the_body_is_raw(testbed: HttpTestbed, http: HttpBackend) -> None:
    """The body is returned as the received bytes, whatever the content type is."""
    headers = (("Content-Type", "text/plain; charset=utf-16"),)
    for body in (b"", b"{}", bytes(range(256)), b"\xef\xbb\xbf{}\r\n"):
        response = await ask(http, testbed.reply("/x", Reply(headers=headers, body=body)))
        expect((response.body, response.truncated), (body, False), "body, truncated")


async def the_body_is_not_decompressed(testbed: HttpTestbed, http: HttpBackend) -> None:
    """A compressed body is returned as it is, because a small one could expand to a very large one.

    Turn off decompression, or read the raw stream.
    """
    for coding, body in (("gzip", gzip.compress(b"{}")), ("deflate", zlib.compress(b"{}")), ("gzip", b"{}")):
        response = await ask(http, testbed.reply("/x", Reply(headers=(("Content-Encoding", coding),), body=body)))
        expect((response.body, response.truncated), (body, False), "body, truncated")


async def _reading_stops(size: int, max_bytes: int, testbed: HttpTestbed, http: HttpBackend) -> None:
    body = bytes(number % 251 for number in range(size))
    response = await ask(http, testbed.reply("/x", Reply(body=body)), max_bytes=max_bytes)
    expect((response.body, response.truncated), (body[:max_bytes], size > max_bytes), "body, truncated")


_SIZES = [
    HttpCheck(
        f"{name}-of-{max_bytes}-bytes",
        f"If the body has {size} bytes and max_bytes is {max_bytes}, {min(size, max_bytes)} bytes are returned and truncated is {size > max_bytes}.",
        partial(_reading_stops, size, max_bytes),
        "Read until you have one byte more than max_bytes, or the body ends; before that, you cannot know whether it is truncated.",
    )
    for name, size, max_bytes in (
        ("one-less", 9, 10),
        ("exactly", 10, 10),
        ("one-more", 11, 10),
        ("exactly", 51_200, 51_200),
        ("one-more", 51_201, 51_200),
        ("a-megabyte", 1_000_000, 51_200),
        ("nothing", 0, 0),
        ("one-more", 1, 0),
    )
]


async def a_body_cut_short_raises(testbed: HttpTestbed, http: HttpBackend) -> None:
    """If the connection breaks in the middle of the body, the request raises an exception."""
    await expect_failure(ask(http, testbed.reply("/x", Reply(body=bytes(100), cut_after=50))))


async def silence_raises(testbed: HttpTestbed, http: HttpBackend) -> None:
    """If the server does not respond, the request raises an exception at its timeout."""
    url = testbed.reply("/x", Reply(delay=math.inf))
    await expect_failure(ask(http, url, timeout=_A_WHILE))


async def many_at_once(testbed: HttpTestbed, http: HttpBackend) -> None:
    """Concurrent requests each get their own response."""
    urls = [testbed.reply(f"/{number}", Reply(body=str(number).encode())) for number in range(_MANY)]
    responses = await gather(ask(http, url) for url in urls)
    expect([response.body.decode() for response in responses], list(map(str, range(_MANY))), "bodies")


async def cancelling_leaves_others(testbed: HttpTestbed, http: HttpBackend) -> None:
    """A cancelled request ends, and does not affect other requests in progress."""
    urls = [testbed.reply(f"/{number}", Reply(body=b"ok", delay=_LONGER)) for number in range(5)]
    tasks = [asyncio.create_task(ask(http, url)) for url in urls]
    try:
        await until(lambda: len(testbed.urls) == len(urls), "five concurrent requests")
        tasks[2].cancel()
        await asyncio.wait(tasks)
    finally:
        await end(*tasks)
    _expect_only_cancelled(tasks.pop(2), tasks)
    expect((await ask(http, urls[2])).body, b"ok", "body")


def _expect_only_cancelled(one: asyncio.Task[HttpResponse], others: Sequence[asyncio.Task[HttpResponse]]) -> None:
    if not one.cancelled():
        raise UnexpectedError("a response or another exception", "CancelledError for the request that was cancelled")
    for task in others:
        if task.cancelled():
            raise UnexpectedError("CancelledError", "responses to the other four requests")
        expect(task.result().body, b"ok", "body")


async def usable_after_failures(testbed: HttpTestbed, http: HttpBackend) -> None:
    """The backend can be used after failed requests."""
    cut = testbed.reply("/cut", Reply(body=bytes(100), cut_after=50))
    silent = testbed.reply("/silent", Reply(delay=math.inf))
    good = testbed.reply("/good", _OK)
    for _ in range(2):
        await expect_failure(ask(http, cut))
        await expect_failure(ask(http, silent, timeout=_A_WHILE))
        expect((await ask(http, good)).body, b"ok", "body")


ANSWERS: Sequence[HttpCheck] = (
    *map(
        rule,
        (
            every_status_is_a_response,
            redirects_are_not_followed,
            headers_come_in_order_and_repeated,
            the_body_is_raw,
            the_body_is_not_decompressed,
        ),
    ),
    *_SIZES,
    *map(
        rule,
        (a_body_cut_short_raises, silence_raises, many_at_once, cancelling_leaves_others, usable_after_failures),
    ),
)
