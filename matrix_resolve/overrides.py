"""What callers say about a server name instead of the network, checked when it is said."""

from collections.abc import Mapping, Sequence

from .models import ConnectionTarget
from .server_name import ServerName, canonical_ip

_MAX_PORT = 65535

Override = str | Sequence[ConnectionTarget]
ParsedOverride = ServerName | tuple[ConnectionTarget, ...]


def parse_overrides(overrides: Mapping[str, Override]) -> dict[str, ParsedOverride]:
    """Check overrides, and give them by server name in lower case.

    Raises:
        InvalidServerName: If a name is none.
        ValueError: If targets cannot be used.
    """
    return {ServerName.parse(name).lower(): _parse(value) for name, value in overrides.items()}


def _parse(value: Override) -> ParsedOverride:
    if isinstance(value, str):
        return ServerName.parse(value)
    if not value:
        raise ValueError("an override without targets leads nowhere")
    for target in value:
        _check_target(target)
    return tuple(value)


def _check_target(target: ConnectionTarget) -> None:
    """Refuse what would reach nobody, or (an empty TLS name) whoever happens to be there."""
    canonical_ip(target.ip)
    ServerName.parse(target.host_header)
    name = target.tls_server_name
    identity = ServerName.parse(f"[{name}]" if ":" in name else name)
    if identity.port is not None or not 1 <= target.port <= _MAX_PORT:
        message = (
            f"an override has the target {target}; its TLS name has no port, and its port is between 1 and {_MAX_PORT}"
        )
        raise ValueError(message)
