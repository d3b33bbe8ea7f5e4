"""URLs of federation requests, for the URL libraries of the HTTP clients."""

from .._util.escaping import quoted
from ..server_name import ServerName

SCHEME = "matrix-federation"


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
    check_path(path)
    return f"{SCHEME}://{name}{path}"


def check_path(path: str) -> None:
    """Raise if *path* cannot be sent unchanged.

    Raises:
        TypeError: If *path* is not a str.
        ValueError: If *path* does not begin with a slash, or has characters that must be percent-encoded.

    Source:
        RFC 9112, section 3.2: a request target has no white space, and no fragment.
    """
    if not isinstance(path, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        message = f"the path must be a str, not {type(path).__name__}"
        raise TypeError(message)
    if not path.startswith("/"):
        message = f"the path {quoted(path)} must begin with a slash"
        raise ValueError(message)
    if not path.isascii() or not path.isprintable() or " " in path or "#" in path:
        message = f"in the path {quoted(path)}, spaces, #, control and non-ASCII characters must be percent-encoded"
        raise ValueError(message)


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
