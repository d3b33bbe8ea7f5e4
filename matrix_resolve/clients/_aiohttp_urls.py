"""The URLs of federation requests for aiohttp, which are sent byte for byte."""

import re
from collections.abc import Mapping

import aiohttp
from yarl import URL

from .._util.escaping import printable, quoted
from ..errors import InvalidServerName
from ..server_name import ServerName
from ._errors import user_part_error
from ._urls import SCHEME, QueryValue, federation_path, federation_url_text

_AUTHORITY = re.compile(r"[^:/?#]+://[^/?#]*")
"""The beginning of a URL up to its path (RFC 3986, appendix B)."""
_USER_PART = re.compile(r"(?<=://)[^/?#]*@")


def federation_url(server_name: str, path: str, *parts: str, query: Mapping[str, QueryValue] | None = None) -> URL:
    """Return the URL of a federation request, with the exact spelling of server name and path.

    Example::

        federation_url("example.org", "/_matrix/federation/v1/backfill", room_id, query={"v": event_ids, "limit": 10})

    Pass IDs and everything else that comes from outside as *parts* or *query*, not inside *path*: whatever they contain, each part stays one
    segment of the path. The path and query as they are sent, which a signature must cover, are ``url.raw_path_qs``.

    A plain string also works as a URL, but the URL library lower-cases its server name. And the session refuses a path that the library would
    rewrite (``%7E`` becomes ``~``, and ``/a/..`` becomes ``/``), because that breaks signatures. Do not put a name from outside into a plain
    string: it may contain a path.

    Args:
        server_name: The Matrix server name.
        path: The path, already percent-encoded. It is sent byte for byte. Without *parts* and *query*, it may contain a query.
        parts: Segments to append to the path, not encoded: they are percent-encoded here.
        query: The parameters of the query string, not encoded. A sequence as a value repeats the parameter.

    Returns:
        ``matrix-federation://SERVER_NAME/path?query``.

    Raises:
        InvalidServerName: If *server_name* is not a valid server name; it is a `ValueError`, not an `aiohttp.ClientError`.
        ValueError: If *path* does not begin with a slash, has characters that must be percent-encoded, or has an empty query (``/path?``),
            which aiohttp drops; or if a part is empty, ``"."`` or ``".."``, which would lead to another path.
        TypeError: If an argument has another type.
    """
    path = federation_path(path, parts, query)
    url = URL(federation_url_text(server_name, path), encoded=True)
    if url.raw_path_qs != path:
        message = f"the path {quoted(path)} cannot be sent unchanged; aiohttp would send {quoted(url.raw_path_qs)}"
        raise ValueError(message)
    return url


def authority_error(url: str) -> InvalidServerName | None:
    """Return what is wrong with the server name in *url*, or None if *url* is not a federation URL or its server name can be looked at later.

    aiohttp's own error for an empty host, a missing bracket or a wrong port consists of the URL alone, including a password.
    """
    if not url.lower().startswith(f"{SCHEME}:"):
        return None
    authority = _AUTHORITY.match(url)
    text = authority.group().partition("://")[2] if authority else ""
    if "@" in text:
        return user_part_error(text.rpartition("@")[2])
    if not text:
        message = f"a federation URL begins with {SCHEME}:// and a server name"
        return InvalidServerName(message, code="invalid-name")
    try:
        URL(f"https://{text}/")
    except ValueError:
        return _invalid_name(text)
    return None


def _invalid_name(text: str) -> InvalidServerName | None:
    try:
        ServerName.parse(text)
    except InvalidServerName as error:
        return error
    return None


def without_user(url: str) -> str:
    """Return *url* without the part before the last ``@`` of its host, which may be a password."""
    return _USER_PART.sub("", url, count=1)


def refuse_rewritten(str_or_url: str | URL) -> None:
    """Raise if the URL library would change the path of a string, because the signature would then be for a different request.

    Raises:
        aiohttp.InvalidUrlClientError: If it would.
    """
    if isinstance(str_or_url, URL):
        return
    given = _AUTHORITY.sub("", str_or_url, count=1) or "/"
    sent = URL(str_or_url).raw_path_qs
    if given != sent:
        message = (
            f"the path {quoted(given)} would be sent as {quoted(sent)}; use federation_url(), which does not change it"
        )
        raise aiohttp.InvalidUrlClientError(printable(str_or_url), message)
