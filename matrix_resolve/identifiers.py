"""Which server a Matrix identifier names.

User IDs and room aliases always name one. Room IDs did until room version 11 and event IDs until room version 2; the server they name is a
namespace, which may be long gone, and no routing answer.

Source: Matrix appendices, "Common Identifier Format", "Historical User IDs", "Room IDs", "Event IDs"; room versions 3, 4 and 12.
"""

from ._util.escaping import quoted
from .errors import InvalidServerName
from .server_name import ServerName

_MAX_BYTES = 255
_ALWAYS_WITH_DOMAIN = "@#"
_SOMETIMES_WITH_DOMAIN = "!$"


def server_name_of(identifier: str) -> ServerName | None:
    """Give the server name inside a user ID, room alias, room ID or event ID.

    Args:
        identifier: The whole identifier with its sigil (``@``, ``#``, ``!`` or ``$``); historical user IDs are accepted.

    Returns:
        The server name, or None for the domainless room IDs of room version 12 and event IDs of room version 3 and later.

    Raises:
        InvalidServerName: If it is no such identifier, is longer than 255 bytes, or its domain part is no server name.

    Source:
        Matrix appendices, "Common Identifier Format": the domain starts after the first colon.
    """
    sigil, rest = identifier[:1], identifier[1:]
    if sigil not in _ALWAYS_WITH_DOMAIN + _SOMETIMES_WITH_DOMAIN or not sigil:
        raise _invalid(identifier, 'it must begin with "@", "#", "!" or "$"')
    if len(identifier.encode("utf-8", "surrogatepass")) > _MAX_BYTES:
        raise _invalid(identifier, f"it is longer than {_MAX_BYTES} bytes")
    opaque, colon, domain = rest.partition(":")
    if "\0" in opaque or any("\ud800" <= character <= "\udfff" for character in opaque):
        raise _invalid(identifier, "it holds a NUL or a lone surrogate")
    if colon:
        return ServerName.parse(domain)
    if sigil in _ALWAYS_WITH_DOMAIN or not opaque:
        raise _invalid(identifier, "it has no colon and so no domain part")
    return None


def _invalid(identifier: str, reason: str) -> InvalidServerName:
    return InvalidServerName(
        f"{quoted(identifier)} is not a Matrix identifier: {reason}", code="invalid-name", server_name=identifier
    )
