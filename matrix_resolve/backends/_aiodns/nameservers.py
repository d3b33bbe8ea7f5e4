"""How the name servers of the aiodns backend are written."""

from ...server_name import ServerName, canonical_ip


def check_nameserver(text: str) -> str:
    """Return *text* if it is a name server; c-ares would take some others and only fail when it is asked.

    Args:
        text: An IPv4 or IPv6 address; with a port as ``192.0.2.53:53`` or ``[2001:db8::53]:53``; an IPv6 zone may follow after ``%``.

    Raises:
        ValueError: If it is no such address.
    """
    address = text.partition("%")[0]
    if not (_is_ip(address) or _is_ip_with_port(address)):
        message = f"the name server {text!r} is not an IP address, with or without a port from 1 to 65535"
        raise ValueError(message)
    return text


def _is_ip(text: str) -> bool:
    try:
        return bool(canonical_ip(text))
    except ValueError:
        return False


def _is_ip_with_port(text: str) -> bool:
    """A server name that is an IP literal has the very form."""
    try:
        return ServerName.parse(text).ip is not None
    except ValueError:
        return False
