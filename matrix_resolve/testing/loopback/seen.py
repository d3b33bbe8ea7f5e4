"""The requests, handshakes and queries that a loopback federation has received."""

import attrs


@attrs.frozen(kw_only=True)
class SeenRequest:
    """A request that a loopback server received.

    Attributes:
        method: The method, such as ``"GET"``.
        host: The Host header.
        path: The path with its query, as sent.
        tls_name: The TLS server name, in lower case; None if none was sent, as for an IP literal.
        ip: The address that the client connected to, before ``connect_to``.
        port: The port that the client connected to, before ``connect_to``.
        headers: All headers as sent, as (name, value) pairs.
        body: The body.
    """

    method: str
    host: str
    path: str
    tls_name: str | None
    ip: str
    port: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None if it is missing.

        The case of *name* does not matter. Several values are joined with commas.
        """
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def url(self) -> str:
        """The URL that the client requested."""
        return f"https://{self.host}{self.path}"

    @property
    def hostname(self) -> str:
        """The hostname in the Host header, in lower case and without port and brackets."""
        host = self.host.lower()
        return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


@attrs.frozen
class SeenHandshake:
    """A TLS handshake that a client started.

    Attributes:
        ip: The address that the client connected to, before ``connect_to``.
        port: The port that the client connected to, before ``connect_to``.
        tls_name: The TLS server name; None if none was sent.
    """

    ip: str
    port: int
    tls_name: str | None


@attrs.frozen
class Seen:
    """What a loopback federation has received, in order.

    Attributes:
        questions: DNS queries, such as ``"SRV _matrix-fed._tcp.example.org"``.
        handshakes: TLS handshakes that were started, including those that failed.
        requests: HTTPS requests.
    """

    questions: list[str]
    handshakes: list[SeenHandshake] = attrs.Factory(list[SeenHandshake])
    requests: list[SeenRequest] = attrs.Factory(list[SeenRequest])

    @property
    def urls(self) -> list[str]:
        """The URLs of the requests."""
        return [request.url for request in self.requests]

    def clear(self) -> None:
        """Clear all lists."""
        for each in (self.questions, self.handshakes, self.requests):
            each.clear()
