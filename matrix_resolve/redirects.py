"""Where a redirect leads, if it may be followed."""

from urllib.parse import urljoin, urlsplit

from .errors import InvalidServerName
from .server_name import ServerName

_HTTPS_PORT = 443


def authority_of(url: str) -> ServerName:
    """Give host and port of an https URL; server names have the very grammar that we want to connect to."""
    return ServerName.parse(urlsplit(url).netloc)


def next_url(url: str, location: str) -> str:
    """Give the absolute URL that a redirect leads to, without fragment and default port, its host in lower case.

    Args:
        url: Where the redirect was met.
        location: The Location header.

    Raises:
        ValueError: If it is not https, has a user part, or names no host that can be connected to. The message ends a sentence.

    Source:
        RFC 9110, section 10.2.2; RFC 3986, section 5.
    """
    if not (location.isascii() and location.isprintable()) or " " in location:
        raise ValueError("which is not a URL")
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        raise ValueError("which is not a URL") from None
    if parts.scheme != "https":
        raise ValueError("which is not https and is not followed")
    try:
        authority = ServerName.parse(parts.netloc)
    except InvalidServerName as error:
        raise ValueError(f"which cannot be followed: {error}") from None
    port = "" if authority.port in {None, _HTTPS_PORT} else f":{authority.port}"
    return parts._replace(netloc=authority.hostname.lower() + port, path=parts.path or "/", fragment="").geturl()
