"""Overrides: the delegation or targets that the caller sets for a server name. They are checked when the resolver is created."""

from collections.abc import Mapping, Sequence

from ._util.escaping import quoted
from .models import ConnectionTarget
from .server_name import ServerName, canonical_ip

_MAX_PORT = 65535

Override = str | Sequence[ConnectionTarget]
ParsedOverride = ServerName | tuple[ConnectionTarget, ...]


def parse_overrides(overrides: Mapping[str, Override]) -> dict[str, ParsedOverride]:
    """Check overrides, and return them by server name in lower case.

    Raises:
        InvalidServerName: If a name is not a valid server name.
        ValueError: If the targets of an override cannot be used.
    """
    return {ServerName.parse(name).lower(): _parse(name, value) for name, value in overrides.items()}


def _parse(server_name: str, value: Override) -> ParsedOverride:
    if isinstance(value, str):
        return ServerName.parse(value)
    if not value:
        message = f"the override for {quoted(server_name)} has no targets; list at least one, or remove the override"
        raise ValueError(message)
    for target in value:
        _check_target(server_name, target)
    return tuple(value)


def _check_target(server_name: str, target: ConnectionTarget) -> None:
    """Raise if *target* cannot be connected to, or has no TLS name: without a TLS name, the certificate of any server would be accepted."""
    canonical_ip(target.ip)
    ServerName.parse(target.host_header)
    name = target.tls_server_name
    identity = ServerName.parse(f"[{name}]" if ":" in name else name)
    if identity.port is not None or not 1 <= target.port <= _MAX_PORT:
        message = (
            f"the override for {quoted(server_name)} has the target {target}; "
            f"its TLS name must not have a port, and its port must be between 1 and {_MAX_PORT}"
        )
        raise ValueError(message)
