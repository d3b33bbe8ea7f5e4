"""The server name inside a Matrix identifier, or in what a person typed.

User IDs and room aliases always contain one. Room IDs contain one up to room version 11, and event IDs up to room version 2. In room and event
IDs, the server name is only a namespace: the server may no longer exist, so do not use it for routing.

Source: Matrix appendices, "Common Identifier Format", "Historical User IDs", "Room IDs", "Event IDs"; room versions 3, 4 and 12.
"""

from ._util.escaping import quoted
from .errors import InvalidServerName
from .server_name import ServerName

_MAX_BYTES = 255
_ALWAYS_WITH_DOMAIN = "@#"
_SOMETIMES_WITH_DOMAIN = "!$"
_SIGILS = frozenset(_ALWAYS_WITH_DOMAIN + _SOMETIMES_WITH_DOMAIN)


def server_name_of(identifier: str) -> ServerName | None:
    """Return the server name inside a user ID, room alias, room ID or event ID.

    Args:
        identifier: The complete identifier with its sigil (``@``, ``#``, ``!`` or ``$``). Historical user IDs are accepted.

    Returns:
        The server name, or None for an ID without a domain: a room ID of room version 12, or an event ID of room version 3 or later.

    Raises:
        InvalidServerName: If *identifier* is not one of these identifiers, is longer than 255 bytes, or has a domain part that is not a valid server
            name.

    Source:
        Matrix appendices, "Common Identifier Format": the domain starts after the first colon.
    """
    sigil, rest = identifier[:1], identifier[1:]
    if sigil not in _SIGILS:
        raise _invalid(identifier, 'it must begin with "@", "#", "!" or "$"')
    if len(identifier.encode("utf-8", "surrogatepass")) > _MAX_BYTES:
        raise _invalid(identifier, f"it is longer than {_MAX_BYTES} bytes")
    opaque, colon, domain = rest.partition(":")
    if "\0" in opaque or any("\ud800" <= character <= "\udfff" for character in opaque):
        raise _invalid(identifier, "it contains a NUL character or a lone surrogate")
    if colon:
        return ServerName.parse(domain)
    if sigil in _ALWAYS_WITH_DOMAIN or not opaque:
        raise _invalid(identifier, "it has no colon, so it has no domain part")
    return None


def server_name_from_input(text: str) -> ServerName:
    """Return the server name that a person typed, by itself or inside a Matrix identifier.

    Use it for the arguments of commands, forms and configuration. Where an identifier is required, such as in a signed event, use
    `server_name_of`, and where a server name is required, use `ServerName.parse`: each of them refuses the other form.

    Args:
        text: ``example.org``, or a user ID, room alias, room ID or event ID such as ``@alice:example.org``. White space around it is ignored.

    Returns:
        The server name, in its exact spelling.

    Raises:
        InvalidServerName: If *text* is neither a valid server name nor a valid identifier, or is an identifier without a server name. Its
            ``suggestion`` says what to pass instead, if that is obvious.
    """
    text = text.strip()
    if text[:1] not in _SIGILS:
        return ServerName.parse(text)
    name = server_name_of(text)
    if name is None:
        raise InvalidServerName(
            f"{quoted(text)} does not contain a server name, because room IDs and event IDs of newer room versions have none",
            code="invalid-name",
            server_name=text,
        )
    return name


def _invalid(identifier: str, reason: str) -> InvalidServerName:
    return InvalidServerName(
        f"{quoted(identifier)} is not a valid Matrix identifier: {reason}",
        code="invalid-name",
        server_name=identifier,
    )
