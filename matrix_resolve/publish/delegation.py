"""A delegation, as it is published: checked when it is configured, because afterwards only strangers would see that it is wrong."""

import json
from collections.abc import Iterator

import attrs

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
        message = f"{error}, and mind the port: without one, others will not use {HTTPS_PORT}"
        raise InvalidServerName(message, code=error.code, server_name=error.server_name) from None


def _max_age(instance: object, attribute: "attrs.Attribute[int]", value: int) -> None:  # noqa: ARG001 - attrs' signature
    if type(value) is not int or not 0 <= value <= _MAX_MAX_AGE:
        message = (
            f"max_age is a whole number of seconds from 0 to {_MAX_MAX_AGE}, "
            f"as nobody keeps a delegation for longer, not {value}"
        )
        raise ValueError(message)


@attrs.frozen
class Delegation:
    """What ``/.well-known/matrix/server`` says: where the servers of others find this one, and under which name.

    Args:
        delegate_to: The server name to delegate to, such as ``"matrix.example.com:443"``: a hostname or IP address, with a port or without.
        max_age: Seconds for which others may keep it, at most 48 hours; a change takes that long to reach them all.

    Raises:
        InvalidServerName: If *delegate_to* is no server name; the message says what to write instead.
        ValueError: If *max_age* is out of range.

    Source:
        Matrix Server-Server API, "Server discovery" and ``GET /.well-known/matrix/server``. Servers keep an answer for 24 hours if it does
        not say how long, and for 48 hours at most.
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
        """The headers that go with the body, but for its length."""
        return {"Content-Type": "application/json", "Cache-Control": f"public, max-age={self.max_age}"}

    @property
    def remarks(self) -> list[str]:
        """Sentences about what is valid, and often not meant."""
        return list(self._remarks())

    def _remarks(self) -> Iterator[str]:
        name = self.delegate_to
        if name.ip is not None:
            yield f"The certificate must be valid for the address {name.ip} itself, which few authorities offer; a hostname is easier."
        elif name.port is None:
            yield (
                f"{name} has no port: others will look for SRV records of {name}, and without any use port 8448. "
                f'If it is to be reached on port 443, write "{name}:443".'
            )


def check_delegation(value: object) -> None:
    """Refuse what is no `Delegation` when it is configured, and not with the first request.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(value, Delegation):
        message = f"what is published is a Delegation, such as Delegation({str(value)!r}), not {type(value).__name__}"
        raise TypeError(message)
