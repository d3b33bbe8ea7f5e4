"""Validation of an HTTPS request, before a connection is opened."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import attrs

from ..._util.ports import HTTPS_PORT

_OUT_OF_LINE = re.compile(r"[\r\n\0]")


@attrs.frozen
class HttpsRequest:
    """A GET request.

    Attributes:
        target: The path and query as they are sent.
        port: The port in the URL, or 443.
        tls_name: The name that the certificate must be valid for.
        headers: All headers, with ``Connection: close``.
    """

    target: str
    port: int
    tls_name: str
    headers: dict[str, str]


def https_request(url: str, headers: Mapping[str, str]) -> HttpsRequest:
    """Return the request for *url*.

    Raises:
        ValueError: If *url* is not an https URL, or has a user part; or if *url* or *headers* cannot be sent unchanged.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.port == 0:
        raise ValueError(f"{url!r} is not an https URL with a host and without a user part")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (target.isascii() and target.isprintable()) or " " in target:
        raise ValueError(f"{target!r} is not a valid path of a URL; percent-encode it")
    fields = {**headers, "Host": parts.netloc, "Connection": "close"}
    if _OUT_OF_LINE.search("".join([*fields, *fields.values()])):
        raise ValueError("a header contains a line break or a NUL character")
    tls_name = parts.hostname.removesuffix(".")
    tls_name.encode("idna")  # `ssl` does the same, but only after a connection is opened; UnicodeError is a ValueError
    return HttpsRequest(target, parts.port or HTTPS_PORT, tls_name, fields)
