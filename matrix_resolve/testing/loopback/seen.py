"""What a loopback federation saw."""

import attrs


@attrs.frozen(kw_only=True)
class SeenRequest:
    """A request that a loopback server got.

    Attributes:
        method: Such as ``"GET"``.
        host: The Host header.
        path: The path with its query, as sent.
        tls_name: The TLS server name, in lower case; None if none was sent, as for an IP literal.
        ip: The address that the client meant to contact.
        port: The port that the client meant to contact.
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
        """Return the value of a header, whatever the case of its name; several values are joined by commas, and None means there is none."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def url(self) -> str:
        """The URL that the client asked for."""
        return f"https://{self.host}{self.path}"

    @property
    def hostname(self) -> str:
        """The host of the Host header, in lower case and without port and brackets."""
        host = self.host.lower()
        return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


@attrs.frozen
class SeenHandshake:
    """A TLS handshake that a client began.

    Attributes:
        ip: The address that it meant to contact.
        port: The port that it meant to contact.
        tls_name: The TLS server name; None if none was sent.
    """

    ip: str
    port: int
    tls_name: str | None


@attrs.frozen
class Seen:
    """What a loopback federation saw, in order.

    Attributes:
        questions: DNS questions, such as ``"SRV _matrix-fed._tcp.example.org"``.
        handshakes: TLS handshakes that were begun, also those that failed.
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
        """Forget it all."""
        for each in (self.questions, self.handshakes, self.requests):
            each.clear()
