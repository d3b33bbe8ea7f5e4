"""The contract of an HTTP backend: one GET request to pinned addresses, without redirects.

The backend makes no DNS queries: it gets addresses that have passed the address policy, so a name server that changes its answer cannot redirect
the request.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs


@attrs.frozen
class HttpResponse:
    """The response of an HTTPS server.

    Attributes:
        status: The status code.
        headers: Names and values as they were sent, in order. A name may occur several times.
        body: The raw bytes, not decoded, at most ``max_bytes``.
        truncated: True if the body is longer.
        connections: How many connections were attempted, including failed ones, but not those that this machine could not open.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    truncated: bool = False
    connections: int = 1

    def values(self, name: str) -> list[str]:
        """Return all values of the header *name*, in order. Upper and lower case do not matter."""
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
        timeout: float,  # noqa: ASYNC109 - a backend may have its own timeout mechanism, such as libcurl's
    ) -> HttpResponse:
        """Make exactly one GET request over TLS, to one of the pinned addresses.

        The Host header and the TLS server name come from *url*, and the certificate must be valid for its host. Do not follow redirects, send
        cookies or credentials, or decode the body. Never use a connection for another TLS name.

        Args:
            url: An absolute https URL. Its host is a hostname, an IPv4 address or a bracketed IPv6 address, with or without a port.
            addresses: IP addresses to connect to, one after the other or in parallel; never empty. Do not connect to any other address.
            headers: Sent unchanged, in addition to ``Host``.
            max_bytes: The largest number of bytes to read of the body.
            timeout: Seconds for everything from connecting to the last byte read.

        Returns:
            The response, with any status.

        Raises:
            Exception: Any exception means that the request failed: the connection, TLS, a timeout, a response that is not HTTP, a truncated
                body. Error messages are clearer if it is, or is caused by, a `TimeoutError` or an `ssl.SSLCertVerificationError`.

        Source:
            RFC 9110; Matrix Server-Server API, ``GET /.well-known/matrix/server``.
        """
        ...
