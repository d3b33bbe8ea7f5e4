"""The HTTP requests of a check and their responses, as values."""

import json
from functools import cached_property
from http import HTTPStatus
from typing import Any, Literal, TypeAlias, cast

import attrs

from .._connect.errors import TargetFailureCode
from .._util.escaping import decoded, printable

SHOWN = 300
"""How many characters of a body are shown."""


ProblemCode: TypeAlias = Literal[TargetFailureCode, "failed"]
"""The code of a `ConnectionProblem`: as in `TargetFailure`, or ``failed``."""

ProblemPhase: TypeAlias = Literal["tcp", "tls", "http"]
"""The phase in which a request or a connection failed."""


@attrs.frozen
class ConnectionProblem:
    """Why something could not be done.

    Attributes:
        code: As in `TargetFailure`, or ``failed``.
        message: What happened, as part of a sentence.
        during: ``"tcp"``, ``"tls"`` or ``"http"``.
        errno: The number of the operating system's error, or None.
        name: OpenSSL's name for a failed handshake, such as ``"TLSV1_ALERT_PROTOCOL_VERSION"``, or an empty string.
        number: OpenSSL's number for what is wrong with a certificate (X509_V_ERR_*), or 0.
        problem: What happened, without the advice in *message*; an empty string if *message* contains no advice.
    """

    code: ProblemCode
    message: str
    during: ProblemPhase
    errno: int | None = None
    name: str = ""
    number: int = 0
    problem: str = ""


@attrs.frozen(slots=False)  # no slots, so that its properties can be cached
class HttpExchange:
    """One GET request and its response.

    Attributes:
        url: The requested URL.
        ip: The address; an empty string if there were several addresses and it is not known which one was used.
        status: The status code; 0 if there was no response.
        headers: Names and values as sent, at most 16 KiB.
        body: The beginning of the body: 4 KiB if it was a redirect that was followed, otherwise as much as the check uses.
        truncated: True if the body was longer.
        trouble: Why there was no response, or None.
        headers_truncated: True if there were more headers than are kept.
    """

    url: str
    ip: str
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = attrs.field(default=b"", repr=False)
    truncated: bool = False
    trouble: ConnectionProblem | None = None
    headers_truncated: bool = False

    def header(self, name: str) -> str:
        """Return the first value of a header, escaped; an empty string if it is missing."""
        return next((printable(value.strip()) for key, value in self.headers if key.lower() == name), "")

    @cached_property
    def json_object(self) -> dict[str, Any] | None:
        """The JSON object in the body, or None. The body is parsed only once, because a hostile one takes a millisecond."""
        try:
            content: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return cast("dict[str, Any]", content) if isinstance(content, dict) else None

    @property
    def is_json(self) -> bool:
        """True if the response is a JSON object with status 200."""
        return self.status == HTTPStatus.OK and self.json_object is not None

    @property
    def beginning(self) -> str:
        """The beginning of the body, escaped, with an ellipsis if the body is longer."""
        return self.excerpt(SHOWN)

    def excerpt(self, characters: int) -> str:
        """Return the first characters of the body, escaped, with an ellipsis if the body is longer."""
        return printable(decoded(self.body, characters), limit=characters)


def path_of(exchange: HttpExchange) -> str:
    """Return the path of the request."""
    return "/" + exchange.url.split("/", 3)[3]
