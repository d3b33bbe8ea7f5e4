"""HTTP backends that each return wrong responses, and the checks that must fail."""

import asyncio
import gzip
import ssl
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast
from urllib.parse import SplitResult, urljoin, urlsplit

import attrs

from matrix_resolve import HttpResponse

from .third_party_backends import SmallHttp


class Changed(SmallHttp):
    """Returns the right response with one change."""

    def __init__(self, change: Callable[[HttpResponse], object], context: ssl.SSLContext) -> None:
        super().__init__(context)
        self.change = change

    async def response(self, reader: asyncio.StreamReader, max_bytes: int) -> HttpResponse:
        return cast("HttpResponse", self.change(await super().response(reader, max_bytes)))


def but(response: HttpResponse, **changes: Any) -> HttpResponse:
    return attrs.evolve(response, **changes)


def raises_for_status(response: HttpResponse) -> object:
    if response.status >= 400:
        raise OSError(response.status)
    return response


def headers_as_a_dictionary(response: HttpResponse) -> object:
    joined: dict[str, str] = {}
    for name, value in response.headers:
        joined[name.lower()] = f"{joined[name.lower()]}, {value}" if name.lower() in joined else value
    return but(response, headers=tuple(joined.items()))


def headers_as_a_list(response: HttpResponse) -> object:
    return but(response, headers=list(response.headers))


def status_in_text(response: HttpResponse) -> object:
    return but(response, status=str(response.status))


def body_in_text(response: HttpResponse) -> object:
    return but(response, body=response.body.decode("latin-1"))


def truncated_as_a_number(response: HttpResponse) -> object:
    return but(response, truncated=int(response.truncated))


def strips_the_body(response: HttpResponse) -> object:
    return but(response, body=response.body.strip())


def no_response_object(response: HttpResponse) -> object:
    return response.body


def decompresses(response: HttpResponse) -> object:
    match response.values("content-encoding"):
        case ["gzip"]:
            return but(response, body=gzip.decompress(response.body))
        case ["deflate"]:
            return but(response, body=zlib.decompress(response.body))
        case _:
            return response


def always_truncated(response: HttpResponse) -> object:
    return but(response, truncated=True)


class TruncatedWhenFull(SmallHttp):
    async def response(self, reader: asyncio.StreamReader, max_bytes: int) -> HttpResponse:
        response = await super().response(reader, max_bytes)
        return but(response, truncated=len(response.body) >= max_bytes)


class IgnoresMaxBytes(SmallHttp):
    async def response(self, reader: asyncio.StreamReader, max_bytes: int) -> HttpResponse:
        del max_bytes
        return await super().response(reader, 10_000_000)


class ReadsAllOfIt(SmallHttp):
    async def body(self, reader: asyncio.StreamReader, headers: Mapping[str, str], most: int) -> bytes:
        return (await super().body(reader, headers, 10_000_000))[:most]


class TakesWhatItGets(SmallHttp):
    async def body(self, reader: asyncio.StreamReader, headers: Mapping[str, str], most: int) -> bytes:
        body = b""
        with suppress(OSError):
            while len(body) < int(headers["content-length"]):
                body += await reader.read(10) or bytes(1000)
        return body[: min(most, 50)]


class NoChunks(SmallHttp):
    async def chunks(self, reader: asyncio.StreamReader) -> bytes:
        return await reader.read()


class TakesAnythingForHttp(SmallHttp):
    async def response(self, reader: asyncio.StreamReader, max_bytes: int) -> HttpResponse:
        try:
            return await super().response(reader, max_bytes)
        except (ValueError, EOFError):
            return HttpResponse(200)


class FollowsRedirects(SmallHttp):
    async def fetch(
        self, url: SplitResult, addresses: Sequence[str], headers: Mapping[str, str], max_bytes: int
    ) -> HttpResponse:
        response = await super().fetch(url, addresses, headers, max_bytes)
        if response.values("location"):
            to = urlsplit(urljoin(url.geturl(), response.values("location")[0]))
            return await super().fetch(to, addresses, headers, max_bytes)
        return response


_TOO_MANY = {"one-more-of-10-bytes", "one-more-of-51200-bytes", "a-megabyte-of-51200-bytes", "one-more-of-0-bytes"}
_FULL = {"exactly-of-10-bytes", "exactly-of-51200-bytes", "nothing-of-0-bytes"}
BROKEN: list[tuple[Callable[[ssl.SSLContext], SmallHttp], set[str]]] = [
    (partial(Changed, raises_for_status), {"every-status-is-a-response"}),
    (partial(Changed, headers_as_a_dictionary), {"headers-come-in-order-and-repeated"}),
    (partial(Changed, headers_as_a_list), {"headers-come-in-order-and-repeated"}),
    (partial(Changed, status_in_text), {"every-status-is-a-response"}),
    (partial(Changed, body_in_text), {"the-body-is-raw"}),
    (partial(Changed, truncated_as_a_number), {"one-less-of-10-bytes"}),
    (partial(Changed, strips_the_body), {"the-body-is-raw"}),
    (partial(Changed, no_response_object), {"the-body-is-raw"}),
    (partial(Changed, decompresses), {"the-body-is-not-decompressed"}),
    (TruncatedWhenFull, _FULL),
    (partial(Changed, always_truncated), {"one-less-of-10-bytes", *_FULL}),
    (IgnoresMaxBytes, _TOO_MANY | {"reading-stops-at-once"}),
    (ReadsAllOfIt, {"reading-stops-at-once"}),
    (TakesWhatItGets, {"a-body-cut-short-raises"}),
    (NoChunks, {"chunked-bodies"}),
    (TakesAnythingForHttp, {"not-http"}),
    (FollowsRedirects, {"redirects-are-not-followed"}),
]
