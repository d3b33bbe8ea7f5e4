"""The delegation that a server publishes. It is checked when it is created, because later only other servers would notice a mistake."""

import json
from collections.abc import Iterator

import attrs

from .._util.argument_checks import shown
from .._util.ports import HTTPS_PORT
from ..errors import InvalidServerName
from ..server_name import ServerName

DEFAULT_MAX_AGE = 3600
_MAX_MAX_AGE = 48 * 3600


def _server_name(text: str) -> ServerName:
    try:
        return ServerName.parse(text)
    except InvalidServerName as error:
        if "://" not in str(text):
            raise
        message = f"{error}; without a port, other servers do not use port {HTTPS_PORT}"
        raise InvalidServerName(message, code=error.code, server_name=error.server_name) from None


def check_max_age(name: str, value: object) -> None:
    """Check how long other servers may cache a delegation.

    Args:
        name: The name of the argument or option, for the error message.
        value: Its value, in seconds.

    Raises:
        ValueError: If it is not a whole number from 0 to 48 hours.
    """
    if type(value) is not int or not 0 <= value <= _MAX_MAX_AGE:
        message = (
            f"{name} is {shown(value)}; it must be a whole number of seconds from 0 to {_MAX_MAX_AGE}, "
            "the longest time for which other servers cache a delegation"
        )
        raise ValueError(message)


def _max_age(instance: object, attribute: "attrs.Attribute[int]", value: int) -> None:  # noqa: ARG001 - attrs' signature
    check_max_age("max_age", value)


@attrs.frozen
class Delegation:
    """The content of ``/.well-known/matrix/server``: the server name at which other servers find this one.

    Args:
        delegate_to: The server name to delegate to, such as ``"matrix.example.com:443"``: a hostname or IP address, with a port or without.
        max_age: How long other servers may cache the delegation, in seconds, at most 48 hours. It takes this long until all of them see a change.

    Raises:
        InvalidServerName: If *delegate_to* is not a valid server name; the message says what to write instead.
        ValueError: If *max_age* is out of range.

    Source:
        Matrix Server-Server API, "Server discovery" and ``GET /.well-known/matrix/server``. Servers cache a response without
        cache headers for 24 hours, and any response for at most 48 hours.
    """

    delegate_to: ServerName = attrs.field(converter=_server_name)
    max_age: int = attrs.field(default=DEFAULT_MAX_AGE, validator=_max_age)

    @property
    def document(self) -> str:
        """The JSON document."""
        return json.dumps({"m.server": str(self.delegate_to)})

    @property
    def body(self) -> bytes:
        """The document as it is sent."""
        return self.document.encode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response, except Content-Length."""
        return {"Content-Type": "application/json", "Cache-Control": f"public, max-age={self.max_age}"}

    @property
    def remarks(self) -> list[str]:
        """Sentences about values that are valid but often not intended."""
        return list(self._remarks())

    def _remarks(self) -> Iterator[str]:
        name = self.delegate_to
        if name.ip is not None:
            yield f"The certificate must be valid for the IP address {name.ip} itself, which few authorities offer; delegate to a hostname instead."
        elif name.port is None:
            yield (
                f"{name} has no port: other servers query the SRV records of {name}, and use port 8448 if there are none. "
                f'If the homeserver answers on port 443, delegate to "{name}:443".'
            )


def check_delegation(value: object) -> None:
    """Raise TypeError if *value* is not a `Delegation`, so that the mistake is found before the first request.

    Raises:
        TypeError: If *value* is not a `Delegation`.
    """
    if not isinstance(value, Delegation):
        message = f"pass a Delegation, such as Delegation({str(value)!r}), not {type(value).__name__}"
        raise TypeError(message)
