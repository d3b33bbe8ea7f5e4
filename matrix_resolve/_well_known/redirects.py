"""Checks where a redirect leads, and whether it may be followed."""

from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from .._util.ports import HTTPS_PORT
from ..backends.http import HttpResponse
from ..errors import InvalidServerName
from ..reasons import Fact, Reason
from ..server_name import ServerName

REDIRECTS = {
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}
"""The statuses with which a response redirects."""


class RedirectRefused(ValueError):  # noqa: N818 - named after what happened
    """A redirect may not be followed.

    Attributes:
        reason: Why not. Its sentence is the end of one about the redirect.
    """

    def __init__(self, code: str, **facts: Fact) -> None:
        self.reason = Reason.of(code, **facts)
        super().__init__(str(self.reason))


def authority_of(url: str) -> ServerName:
    """Return the host and port of an https URL, parsed as a server name, which has the same grammar."""
    return ServerName.parse(urlsplit(url).netloc)


def next_url(url: str, location: str) -> str:
    """Return the absolute URL that a redirect leads to, without a fragment or the default port, and with its host in lower case.

    Args:
        url: The URL that was redirected.
        location: The Location header.

    Raises:
        RedirectRefused: If the URL is not https, has a user part, or has no host that can be connected to.

    Source:
        RFC 9110, section 10.2.2; RFC 3986, section 5.
    """
    if not (location.isascii() and location.isprintable()) or " " in location:
        raise RedirectRefused("not-a-url")
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        raise RedirectRefused("not-a-url") from None
    if parts.scheme != "https":
        raise RedirectRefused("not-https")
    try:
        authority = ServerName.parse(parts.netloc)
    except InvalidServerName as error:
        raise RedirectRefused("host-not-valid", error=str(error)) from None
    port = "" if authority.port in {None, HTTPS_PORT} else f":{authority.port}"
    return parts._replace(netloc=authority.hostname.lower() + port, path=parts.path or "/", fragment="").geturl()


def location_of(response: HttpResponse) -> str | None:
    """Return the Location of a redirect, or None for any other response or if there is no such header."""
    locations = response.values("location") if response.status in REDIRECTS else []
    return locations[0] if locations else None
