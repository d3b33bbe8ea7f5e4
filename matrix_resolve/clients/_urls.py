"""URLs of federation requests, for the URL libraries of the HTTP clients."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from .._util.argument_checks import shown
from .._util.escaping import quoted
from .._util.plain_values import plain_int, plain_str
from ..server_name import ServerName

SCHEME = "matrix-federation"

QueryValue = str | int | Sequence[str | int]
"""The value of a query parameter. A sequence repeats the parameter, and a bool becomes ``true`` or ``false``."""


def federation_path(path: str, parts: Sequence[str], query: Mapping[str, QueryValue] | None) -> str:
    """Return a path with *parts* as its last segments, and with *query*.

    Args:
        path: The beginning of the path, already percent-encoded.
        parts: Segments to append. They are percent-encoded, also their slashes.
        query: The parameters of the query string, which are percent-encoded.

    Returns:
        The path and query, which is *path* unchanged without *parts* and *query*.

    Raises:
        TypeError: If *path*, a part or a parameter has another type.
        ValueError: If *path* cannot be sent unchanged, or a part cannot be a segment.

    Source:
        RFC 3986, section 2.4 (when to encode) and 3.3 (segments).
    """
    path = check_path(path)
    if query is not None and not isinstance(query, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise TypeError(f'query is {shown(query)}; pass a mapping, such as {{"limit": 10}}')
    if (parts or query) and "?" in path:
        raise ValueError(f"the path {quoted(path)} already has a query; pass the parameters as query=")
    if parts:
        path = "/".join([path.removesuffix("/"), *map(_segment, parts)])
    parameters = "&".join(_parameters(query or {}))
    return f"{path}?{parameters}" if parameters else path


def _segment(part: str) -> str:
    """Return a part as a percent-encoded segment.

    Raises:
        ValueError: If *part* is empty, or is a dot segment. Those are removed from a path, also when they are percent-encoded.
    """
    if part in ("", ".", ".."):
        raise ValueError(f"{quoted(part)} cannot be a part of a path, because it would lead to another path")
    return _encoded(part, "a part of the path")


def _encoded(text: str, what: str) -> str:
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise TypeError(f"{what} must be a str, not {type(text).__name__}")
    try:
        return quote(plain_str(text), safe="")
    except UnicodeEncodeError:
        raise ValueError(f"{what}, {quoted(text)}, contains a lone surrogate, which UTF-8 cannot encode") from None


def _parameters(query: Mapping[str, QueryValue]) -> Iterator[str]:
    for name, value in query.items():
        key, what = _encoded(name, "the name of a query parameter"), f"the query parameter {quoted(name)}"
        yield from (f"{key}={_encoded(text, what)}" for text in _texts(value, what))


def _texts(value: QueryValue, what: str) -> list[str]:
    """Return the values of a parameter as strings.

    Raises:
        TypeError: If *value* has another type.
    """
    if isinstance(value, str):
        return [value]
    if isinstance(value, int):
        return [_number(value)]
    if isinstance(value, bytes | bytearray) or not isinstance(value, Sequence):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise TypeError(f"{what} must be a str, an int or a sequence of them, not {type(value).__name__}")
    return [_number(each) if isinstance(each, int) else each for each in value]


def _number(value: int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(plain_int(value))


def federation_url_text(server_name: str, path: str) -> str:
    """Return the URL of a federation request, with the exact spelling of server name and path.

    Args:
        server_name: The Matrix server name.
        path: The path and query, already percent-encoded.

    Returns:
        ``matrix-federation://SERVER_NAME/path?query``.

    Raises:
        InvalidServerName: If *server_name* is not a valid server name.
        ValueError: If *path* does not begin with a slash, or has characters that must be percent-encoded.
    """
    name = ServerName.parse(server_name)
    return f"{SCHEME}://{name}{check_path(path)}"


def check_path(path: str) -> str:
    """Return *path* as a plain `str` if it can be sent unchanged.

    Raises:
        TypeError: If *path* is not a str.
        ValueError: If *path* does not begin with a slash, or has characters that must be percent-encoded.

    Source:
        RFC 9112, section 3.2: a request target has no white space, and no fragment.
    """
    if not isinstance(path, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        message = f"the path must be a str, not {type(path).__name__}"
        raise TypeError(message)
    path = plain_str(path)
    if not path.startswith("/"):
        message = f"the path {quoted(path)} must begin with a slash"
        raise ValueError(message)
    if not path.isascii() or not path.isprintable() or " " in path or "#" in path:
        message = f"in the path {quoted(path)}, spaces, #, control and non-ASCII characters must be percent-encoded"
        raise ValueError(message)
    return path


def exact_target(path: str, *, rewritten: bytes, of_request: bytes) -> bytes:
    """Return the request target to send: the original path, before a URL library rewrote it, with any query that was added later.

    Args:
        path: The path and query to send.
        rewritten: What the URL library makes of it.
        of_request: The path and query in the URL of the request, which may have an added query.

    Raises:
        ValueError: If the request is for another path, or its query was changed.
    """
    if of_request == rewritten:
        return path.encode("ascii")
    if "?" not in path and of_request.startswith(rewritten + b"?"):
        return path.encode("ascii") + of_request[len(rewritten) :]
    message = f"the path {quoted(path)} was changed to {quoted(of_request.decode('ascii'))}; put the whole query into the path"
    raise ValueError(message)
