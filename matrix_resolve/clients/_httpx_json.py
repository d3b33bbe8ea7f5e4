"""Reads the JSON of httpx's responses up to a size."""

import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any, cast

import httpx

from .._util.escaping import quoted
from ._httpx_requests import request_target
from ._json import READ_BYTES, READ_SECONDS, Source, UnusableResponse, read_json_body
from ._urls import SCHEME

_PART = 65_536  # bytes that are decompressed at once
_GZIP = b"\x1f"  # the first byte (RFC 1952, section 2.3)
_ZLIB = 8  # the lower half of the first byte (RFC 1950, section 2.2)
_ANY_HEADER = 32  # zlib detects whether the header is that of gzip or of zlib


async def read_json(
    response: httpx.Response,
    *,
    max_bytes: int = READ_BYTES,
    timeout: float | None = READ_SECONDS,  # noqa: ASYNC109 - so that the error says what was read until then
) -> Any:
    """Read the JSON body of a streamed response from a server that is not trusted.

    Example::

        async with client.stream("GET", **federation_request("example.org", "/_matrix/key/v2/server")) as response:
            keys = await read_json(response)

    Unlike ``response.json()``, this stops when the body is longer than *max_bytes*, and decodes the body as UTF-8. Check the status first, or
    afterwards: errors of Matrix servers are JSON, too. It decompresses ``gzip`` and ``deflate``, a part at a time, because httpx itself
    decompresses without a limit. So if ``brotli`` or ``zstandard`` is installed, create the client with the header ``Accept-Encoding: gzip``.
    After an error the response is closed.

    Args:
        response: The response of ``client.stream``. That of ``client.get`` has already read everything.
        max_bytes: The limit of the body after decompression. Only the state of rooms and ``backfill`` need more than the default of 1 MiB.
        timeout: Seconds for reading the body; None for no other limit than those of the client.

    Returns:
        The parsed JSON, as ``json.loads`` returns it.

    Raises:
        UnusableResponse: If the body is too long, is not JSON, or has another Content-Encoding. It is a `ValueError`.
        httpx.ReadTimeout: If the body did not end in time.
        httpx.TransportError: If the connection broke.
        httpx.DecodingError: If the body is not compressed correctly.
        RuntimeError: If the body was already read.
        TypeError: If *max_bytes* or *timeout* is not a number.
        ValueError: If *max_bytes* is less than 1, or *timeout* less than 0.01 or more than 86,400.

    Source:
        RFC 8259; RFC 9110, section 8.4.1 (encodings).
    """
    if response.is_stream_consumed:
        raise RuntimeError("the body was already read, without a limit; make the request with client.stream()")
    source = _source(response)
    try:
        async with aclosing(_decoded(response, source)) as parts:
            return await read_json_body(parts, source, max_bytes=max_bytes, timeout=timeout)
    except TimeoutError as error:
        await response.aclose()
        raise httpx.ReadTimeout(str(error), request=response.request) from error
    except BaseException:
        await response.aclose()
        raise


def _source(response: httpx.Response) -> Source:
    request = response.request
    server_name, url = request.url.netloc.decode("ascii"), str(request.url)
    if request.url.scheme == SCHEME:
        server_name = request.extensions.get("matrix_server_name", server_name)
        url = f"{SCHEME}://{server_name}{request_target(request).decode('ascii')}"
    return Source.of(server_name, url, response.status_code)


async def _decoded(response: httpx.Response, source: Source) -> AsyncGenerator[bytes]:
    """Yield the body, decompressed in parts of limited size."""
    decoder = _decoder(response, source)
    try:
        async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_raw())) as raw:
            async for data in raw:
                for part in decoder.parts(data):
                    yield part
        decoder.finish()
    except zlib.error as error:
        raise httpx.DecodingError(f"{source.url}: {error}", request=response.request) from error


def _decoder(response: httpx.Response, source: Source) -> "_Plain | _Inflater":
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Inflater()
    problem = f"the Content-Encoding {quoted(encoding)} cannot be limited; send the header Accept-Encoding: gzip"
    raise UnusableResponse(source, "response-encoding", problem)


class _Plain:
    """The decoder of a body that is not compressed."""

    def parts(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None: ...


class _Inflater:
    """The decoder of a body in the gzip or zlib format, or in the raw format that some servers send as ``deflate``."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | _ANY_HEADER)
        self._has_begun = False

    def parts(self, data: bytes) -> Iterator[bytes]:
        """Yield the content of *data*, in parts of limited size.

        Raises:
            zlib.error: If it is damaged, or follows the end of the body.
        """
        if not self._has_begun and data[:1] != _GZIP and data[0] & 0xF != _ZLIB:
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        inflater, self._has_begun = self._inflater, True
        yield (part := inflater.decompress(data, _PART))
        while inflater.unconsumed_tail or len(part) == _PART:
            yield (part := inflater.decompress(inflater.unconsumed_tail, _PART))
        if inflater.unused_data:
            raise zlib.error("data follows the end of the compressed body")

    def finish(self) -> None:
        """Check that the body is complete.

        Raises:
            zlib.error: If it is not.
        """
        if self._has_begun and not self._inflater.eof:
            raise zlib.error("the compressed body is incomplete")
