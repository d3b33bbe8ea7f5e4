"""The contract of an HTTP backend: one GET to pinned addresses, no redirects.

It does no DNS: so every address has passed the address policy, and a name server that changes its answer cannot turn the request.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs


@attrs.frozen
class HttpResponse:
    """What an HTTPS server answered.

    Attributes:
        status: The status code.
        headers: Names and values as sent, in order; a name may occur several times.
        body: The raw bytes, undecoded, at most as many as were asked for.
        truncated: True if there were more.
        connections: How many connections were attempted, including failed ones, but not those that this machine could not open.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    truncated: bool = False
    connections: int = 1

    def values(self, name: str) -> list[str]:
        """Give all values of the header *name*, in order, whatever the case of its letters."""
        return [value.strip() for key, value in self.headers if key.lower() == name.lower()]


class HttpBackend(Protocol):
    """Makes one HTTPS GET request."""

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - a backend's own clock (libcurl's, a proxy's) may be the better judge
    ) -> HttpResponse:
        """Make exactly one GET request over TLS, to one of the pinned addresses.

        Host header and TLS server name come from *url*; the certificate must be valid for its host. No redirect is followed, no cookie or
        credential sent, no body decoded, and a connection is never used for another TLS name.

        Args:
            url: Absolute https URL; its host is a hostname, an IPv4 address or a bracketed IPv6 address, with or without a port.
            addresses: IP addresses to connect to, in turn or raced; never empty. No other address may be contacted.
            headers: Sent as they are, beside ``Host``.
            max_bytes: Reading stops here.
            timeout: Seconds for everything from connecting to the last byte read.

        Returns:
            The response, whatever its status.

        Raises:
            Exception: Any exception means that the request failed: connection, TLS, timeout, not HTTP, body cut short.
                ``TimeoutError`` and `ssl.SSLCertVerificationError` (also as a cause) are recognised in messages.

        Source:
            RFC 9110; Matrix Server-Server API, ``GET /.well-known/matrix/server``.
        """
        ...
