"""Federation requests: how httpx represents them, and how they are sent."""

from collections.abc import Mapping
from typing import TypedDict

import httpx

from .._util.plain_values import plain_str
from ._urls import QueryValue, exact_target, federation_path, federation_url_text

_NOT_SENT = {b"host", b"cookie"}  # the route determines the Host header, and no cookies are sent
_USER_AGENT_OF_HTTPX = f"python-httpx/{httpx.__version__}".encode()


class FederationRequest(TypedDict):
    """The arguments of a request that determine its server and path.

    Attributes:
        url: The URL.
        extensions: The exact server name and path, which an httpx URL does not preserve.
    """

    url: str
    extensions: dict[str, str]


def federation_request(
    server_name: str, path: str, *parts: str, query: Mapping[str, QueryValue] | None = None
) -> FederationRequest:
    """Return the arguments of a federation request: ``await client.get(**federation_request("Example.org", "/path"))``.

    Pass IDs and everything else that comes from outside as *parts* or *query*, not inside *path*: whatever they contain, each part stays one
    segment of the path. The path and query as they are sent, which a signature must cover, are ``["extensions"]["matrix_path"]`` of the result.

    Args:
        server_name: The Matrix server name, which may come from outside: nothing in it can become a part of the path.
        path: The path, already percent-encoded. It is sent byte for byte. Without *parts* and *query*, it may contain a query.
        parts: Segments to append to the path, not encoded: they are percent-encoded here.
        query: The parameters of the query string, not encoded. A sequence as a value repeats the parameter.

    Returns:
        ``url=`` and ``extensions=``.

    Raises:
        InvalidServerName: If *server_name* is not a valid server name.
        ValueError: If *path* does not begin with a slash, or has characters that must be percent-encoded; or if a part is empty, ``"."`` or
            ``".."``, which would lead to another path.
        TypeError: If an argument has another type.
    """
    path = federation_path(path, parts, query)
    url = federation_url_text(server_name, path)
    return {"url": url, "extensions": {"matrix_server_name": plain_str(server_name), "matrix_path": path}}


def request_target(request: httpx.Request) -> bytes:
    """Return the path and query to send, exactly as `federation_request` returned them.

    Raises:
        httpx.InvalidURL: If they cannot be sent unchanged.
        TypeError: If the extension ``matrix_path`` is not a string.
    """
    path: str | None = request.extensions.get("matrix_path")
    if path is None:
        return request.url.raw_path
    try:
        rewritten = httpx.URL(federation_url_text("any.invalid", path)).raw_path
        return exact_target(path, rewritten=rewritten, of_request=request.url.raw_path)
    except ValueError as error:
        raise httpx.InvalidURL(str(error)) from error


def sent_headers(request: httpx.Request, host_header: str, user_agent: str) -> list[tuple[bytes, bytes]]:
    """Return the headers to send: those of the request, with the Host header of the route, no cookies, and *user_agent* for that of httpx."""
    headers = [(b"Host", host_header.encode("ascii"))]
    for name, value in request.headers.raw:
        is_default = name.lower() == b"user-agent" and value == _USER_AGENT_OF_HTTPX
        if name.lower() not in _NOT_SENT:
            headers.append((name, user_agent.encode("ascii") if is_default else value))
    return headers
