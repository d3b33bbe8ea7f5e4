"""Reads the JSON of aiohttp's responses up to a size."""

from typing import Any

import aiohttp

from ._json import READ_BYTES, READ_SECONDS, Source, read_json_body


async def read_json(
    response: aiohttp.ClientResponse,
    *,
    max_bytes: int = READ_BYTES,
    timeout: float | None = READ_SECONDS,  # noqa: ASYNC109 - so that the error says what was read until then
) -> Any:
    """Read the JSON body of a response from a server that is not trusted.

    Unlike ``response.json()``, this stops when the body is longer than *max_bytes*, ignores the Content-Type, which many servers set wrongly,
    and decodes the body as UTF-8. Check the status first, or afterwards: errors of Matrix servers are JSON, too. After an error the connection
    is closed.

    Args:
        response: The response, of which nothing was read yet.
        max_bytes: The limit of the body after decompression. Only the state of rooms and ``backfill`` need more than the default of 1 MiB.
        timeout: Seconds for reading the body; None for no other limit than those of the session.

    Returns:
        The parsed JSON, as ``json.loads`` returns it.

    Raises:
        UnusableResponse: If the body is too long or is not JSON. It is a `ValueError`.
        TimeoutError: If the body did not end in time.
        aiohttp.ClientError: If the connection broke, or the body is not compressed correctly.
        RuntimeError: If the body was already read.
        TypeError: If *max_bytes* or *timeout* is not a number.
        ValueError: If *max_bytes* is less than 1, or *timeout* less than 0.01 or more than 86,400.

    Source:
        RFC 8259.
    """
    if response.content.at_eof() and response.content.total_bytes:
        raise RuntimeError(
            "the body was already read; call read_json() once for a response, and not read(), text() or json()"
        )
    url = response.url
    source = Source.of(url.raw_authority, str(url), response.status)
    try:
        return await read_json_body(response.content.iter_any(), source, max_bytes=max_bytes, timeout=timeout)
    except BaseException:
        response.close()
        raise
