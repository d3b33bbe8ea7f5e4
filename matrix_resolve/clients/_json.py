"""JSON from servers that nobody trusts: read up to a size and for a time, whatever the HTTP client is."""

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import attrs

from .._util.argument_checks import Number
from .._util.escaping import printable
from ..errors import ErrorCode, FederationError

READ_BYTES = 1_048_576
"""Default limit of a body: 16 events of the largest size."""

READ_SECONDS = 60.0
"""Default limit in seconds for a body."""

_MAX_BYTES = Number("integer", 1, 1_000_000_000_000)
_TIMEOUT = Number("number of seconds", 0.01, 86_400, or_none=True)
_AFTER_PATH = re.compile(r"[?#].*", re.DOTALL)
_USER_PART = re.compile(r"(?<=://)[^/]*@")
"""The part of a URL before its host (RFC 3986, section 3.2). The host begins after the last ``@``."""


class UnusableResponse(FederationError, ValueError):  # noqa: N818 - named after what happened, like all errors here
    """The body of a response is too long, is not JSON, or is compressed in a way that cannot be limited.

    Attributes:
        code: ``response-too-long``, ``response-not-json`` or ``response-encoding``.
        server_name: The server name of a federation request; otherwise the host and port of the URL.
        is_temporary: True if the status is 429 or 5xx: a proxy may have sent this page while the homeserver restarts.
        url: The URL without its user part, query and fragment, which may contain a password or a token.
        status: The HTTP status.
    """

    def __init__(self, source: "Source", code: ErrorCode, problem: str) -> None:
        super().__init__(f"{source.url}, HTTP status {source.status}: {problem}")
        self.code: ErrorCode = code
        self.server_name: str = source.server_name
        self.is_temporary: bool = source.is_temporary
        self.url: str = source.url
        self.status: int = source.status


@attrs.frozen
class Source:
    """Where a body comes from, for error messages.

    Attributes:
        server_name: The server name, or the host and port of another URL.
        url: The URL without its user part, query and fragment.
        status: The HTTP status.
    """

    server_name: str
    url: str
    status: int

    @classmethod
    def of(cls, server_name: str, url: str, status: int) -> "Source":
        """Return the source for *url*, made safe for messages."""
        return cls(server_name, printable(_USER_PART.sub("", _AFTER_PATH.sub("", url), count=1)), status)

    @property
    def is_temporary(self) -> bool:
        """True if the same request may succeed later.

        Source: RFC 9110, section 15.6 (5xx); RFC 6585, section 4 (429).
        """
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


async def read_json_body(
    parts: AsyncIterator[bytes],
    source: Source,
    *,
    max_bytes: int,
    timeout: float | None,  # noqa: ASYNC109 - so that the error says what was read until then
) -> Any:
    """Read and parse a body.

    Args:
        parts: The body, decompressed, in parts that are each limited.
        source: Where it comes from.
        max_bytes: The limit of the whole body.
        timeout: The limit for reading it in seconds, or None.

    Raises:
        UnusableResponse: If it is too long or is not JSON.
        TimeoutError: If it did not end in time.
        TypeError: If *max_bytes* or *timeout* is not a number.
        ValueError: If one of them is out of range.
    """
    _MAX_BYTES.check("max_bytes", max_bytes)
    _TIMEOUT.check("timeout", timeout)
    body, limit = bytearray(), asyncio.timeout(timeout)
    try:
        async with limit:
            async for part in parts:
                body += part
                if len(body) > max_bytes:
                    raise UnusableResponse(source, "response-too-long", f"the body is longer than {max_bytes} bytes")
    except TimeoutError as error:
        if not limit.expired():
            raise
        message = f"{source.url}: the body did not end within {timeout:g} s, in which {len(body)} bytes were read"
        raise TimeoutError(message) from error
    return _parsed(body, source)


def _parsed(body: bytearray, source: Source) -> Any:
    """Parse a body.

    Source: RFC 8259, section 8.1: JSON between systems is UTF-8 without a byte order mark, so a charset in the Content-Type has no meaning.
        Section 6: there is no NaN and no infinity.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise UnusableResponse(source, "response-not-json", "the JSON is nested too deeply") from error
    except ValueError as error:
        raise UnusableResponse(source, "response-not-json", _problem(body, error)) from error


class _NotANumberError(ValueError):
    """The body contains a word that Python reads as a number, but JSON does not have."""


def _refuse_constant(word: str) -> None:
    raise _NotANumberError(f"the body contains {word}, which is not valid JSON")


def _problem(body: bytearray, error: ValueError) -> str:
    """Return why *body* is not JSON. Python's own messages advise programmers how to read it all the same."""
    if not body.strip():
        return "the body is empty"
    if body.startswith(codecs.BOM_UTF8):
        return "the body begins with a byte order mark, which JSON must not have"
    if isinstance(error, UnicodeDecodeError):
        return f"the body is not valid UTF-8 from byte {error.start + 1} on"
    if isinstance(error, json.JSONDecodeError):
        return f"the body is not valid JSON at line {error.lineno}, column {error.colno}"
    return str(error) if isinstance(error, _NotANumberError) else "the body contains a number that is too long"
