"""The parser for ``/.well-known/matrix/server``: strict JSON with one property, whose value must be a valid server name.

By itself, `json` would also accept a byte-order mark, UTF-16 and ``NaN``, and would silently drop the first of two equal keys.
Source: Matrix Server-Server API, ``GET /.well-known/matrix/server``; RFC 8259.
"""

import json
from typing import NoReturn

import attrs

from .._util.escaping import decoded, printable
from ..errors import InvalidServerName
from ..reasons import Fact, Reason
from ..server_name import ServerName

WELL_KNOWN_PATH = "/.well-known/matrix/server"
"""Where the document is, on the hostname of the server name, over HTTPS on port 443."""

_KEY = "m.server"
_CLIENT_KEY = "m.homeserver"
_SHOWN = 40  # characters that are shown of a body that is not valid JSON, so that the operator can recognise it


@attrs.frozen
class Document:
    """A valid document.

    Attributes:
        delegated: The name in ``m.server``.
        is_ambiguous: True if the document has ``m.server`` more than once. The last one is used.
    """

    delegated: ServerName
    is_ambiguous: bool = False


class InvalidDocument(ValueError):  # noqa: N818 - named after what happened, like the public errors
    """The body is not a valid document.

    Attributes:
        reason: What is wrong. Its sentence continues one that begins with the URL.
    """

    def __init__(self, code: str, **facts: Fact) -> None:
        self.reason = Reason.of(code, **facts)
        super().__init__(str(self.reason))


def parse_document(body: bytes) -> Document:
    """Parse the body of a well-known response.

    Args:
        body: The raw bytes. The content type does not matter.

    Raises:
        InvalidDocument: If it is not a JSON object whose ``m.server`` is a valid server name.
    """
    try:
        document: object = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InvalidDocument("not-json", beginning=printable(decoded(body, _SHOWN), limit=_SHOWN)) from None
    return Document(_delegated_name(document), is_ambiguous=isinstance(document, _Repetitive))


class _Repetitive(dict[str, object]):
    """A JSON object that has ``m.server`` more than once."""


def _collect(pairs: list[tuple[str, object]]) -> dict[str, object]:
    is_repetitive = [key for key, _ in pairs].count(_KEY) > 1
    return _Repetitive(pairs) if is_repetitive else dict(pairs)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(object_pairs_hook=_collect, parse_constant=_refuse_constant)


def _delegated_name(document: object) -> ServerName:
    if not isinstance(document, dict):
        raise InvalidDocument("not-an-object")
    fields: dict[str, object] = document  # pyright: ignore[reportUnknownVariableType] - json gives str keys
    if _KEY not in fields:
        raise InvalidDocument("m-homeserver-instead" if _CLIENT_KEY in fields else "m-server-missing")
    value = fields[_KEY]
    if not isinstance(value, str):
        raise InvalidDocument("m-server-not-text")
    try:
        return ServerName.parse(value)
    except InvalidServerName as error:
        raise InvalidDocument(
            "m-server-invalid", error=str(error), problem=error.problem, suggestion=error.suggestion
        ) from None
