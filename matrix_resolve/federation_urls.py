"""URLs of federation requests, for the URL libraries of the HTTP clients."""

from .escaping import quoted
from .server_name import ServerName

SCHEME = "matrix-federation"


def federation_url_text(server_name: str, path: str) -> str:
    """Build the URL of a federation request, with the exact spelling of both.

    Args:
        server_name: The Matrix server name.
        path: The path, with its query if it has one, percent-encoded as it is to be sent.

    Returns:
        ``matrix-federation://SERVER_NAME/path?query``.

    Raises:
        InvalidServerName: If *server_name* is none.
        ValueError: If *path* does not begin with a slash, or has characters that have to be percent-encoded.
    """
    name = ServerName.parse(server_name)
    if not path.startswith("/"):
        message = f"the path {quoted(path)} has to begin with a slash"
        raise ValueError(message)
    if not path.isascii() or not path.isprintable() or " " in path or "#" in path:
        message = f"in the path {quoted(path)}, spaces, #, control and non-ASCII characters have to be percent-encoded"
        raise ValueError(message)
    return f"{SCHEME}://{name}{path}"
