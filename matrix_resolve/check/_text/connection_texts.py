"""Findings about connections to targets, except those about certificates, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..faults import Correction, DefaultPort
from .phrases import HOST, Words, document_for, port_of, well_known_url


def _refused(*, host: str, port: int, default_port: DefaultPort | None, correction: Correction | None) -> Words:
    cause = f"Port {port} of {host} refuses connections: nothing listens there, or a firewall rejects them{_why_this_port(default_port)}."
    return cause, f"Make the server or its proxy listen on {port_of(host, port)}{_or_correct(correction)}."


def _dropped(*, host: str, port: int, default_port: DefaultPort | None, correction: Correction | None) -> Words:
    cause = f"Port {port} of {host} does not answer connection attempts: a firewall or router discards the packets{_why_this_port(default_port)}."
    repair = f"Open port {port} of {host} in the firewall and forward it to the server{_or_correct(correction)}."
    return cause, repair


def _why_this_port(default_port: DefaultPort | None) -> str:
    """Return why other servers connect to port 8448, for operators who did not intend it."""
    if default_port is None:
        return ""
    if default_port.delegated:
        return f"; the well-known document names {default_port.delegated} without a port, which means port 8448"
    if default_port.absent_url:
        returns = f"{default_port.absent_url} returns {default_port.absent_status}"
        return f"; {returns}, so {default_port.server_name} is not delegated, and other servers connect to port 8448"
    return f"; {default_port.server_name} is not delegated, so other servers connect to port 8448"


def _or_correct(correction: Correction | None) -> str:
    if correction is None:
        return ""
    name = correction.name
    match correction.kind:
        case "srv-port":
            return f", or correct the port in the SRV record of {name}"
        case "well-known-port":
            return f", or correct the port in {well_known_url(name)}"
        case "delegation-without-port":
            return f", or add the port to the delegation: {document_for(name)}"
        case "no-delegation":
            return f", or serve {document_for('HOST')} at {well_known_url(name)} ({HOST})"


def _silent(*, host: str, port: int) -> Words:
    repair = f"Find out which program listens on {port_of(host, port)}: it must speak TLS, and its listen backlog must not be full."
    return f"Port {port} of {host} accepts connections but sends nothing.", repair


def _cdn_blocks_port(*, host: str, port: int) -> Words:
    cause = f"Port {port} of {host} does not answer connection attempts, but Cloudflare answers on port 443: Cloudflare's proxy does not forward port {port}."
    repair = f"Delegate to a port that Cloudflare forwards, for example with {document_for(host)}, or switch off Cloudflare's proxy for {host}."
    return cause, repair


def _reset(*, host: str, port: int, name: str) -> Words:
    cause = (
        f"Port {port} of {host} closes connections before the TLS handshake is complete: the server may not know "
        f"the TLS name {name}, or may require client certificates."
    )
    repair = f"Add a certificate and a virtual host for {name} to the server on port {port}, and do not require client certificates there."
    return cause, repair


def _not_tls(*, host: str, port: int, name: str) -> Words:
    cause = f"Port {port} of {host} does not speak TLS; it is probably the plain HTTP port of the homeserver."
    return cause, f"Put a reverse proxy with a certificate for {name} on port {port}."


def _unreachable(*, host: str, ips: Sequence[str], message: str) -> Words:
    repair = f"Correct the addresses of {host} ({', '.join(ips)}), or the routing to them."
    return f"{host} cannot be reached: {message}.", repair


def _dhe_only(*, host: str, port: int) -> Words:
    """Describe a server that supports only a key exchange that clients no longer offer.

    Source:
        RFC 9325, section 4.1; Python's ssl module, browsers and Go do not offer it, or are removing it.
    """
    cause = f"Port {port} of {host} offers only finite-field Diffie-Hellman (DHE) key exchange, which this library and many servers do not use."
    repair = f"Enable TLS 1.3 on port {port} of {host}, or the ECDHE cipher suites of TLS 1.2, such as ECDHE-RSA-AES128-GCM-SHA256."
    return cause, repair


def _name_unknown(*, port: int, name: str) -> Words:
    cause = f"The server on port {port} does not know the TLS name {name}."
    return cause, f"Add a certificate and a virtual host for {name} to the server on port {port}."


def _no_site(*, port: int, name: str) -> Words:
    cause = f"The server on port {port} aborts the TLS handshake for {name}, as Caddy does if it has no site with this name."
    repair = f"Add a site with a certificate for {name} to the server on port {port}; if it has one already, look for the cause in its log."
    return cause, repair


def _version(*, port: int) -> Words:
    cause = f"The server on port {port} supports no TLS version that is still in use (1.2 or newer)."
    return cause, f"Enable TLS 1.2 and 1.3 on port {port}."


def _handshake_failed(*, port: int, reason: str) -> Words:
    cause = f"The TLS handshake on port {port} fails: {reason or 'the server gives no reason'}."
    return cause, f"Look for this handshake in the log of the server on port {port}."


def _client_certificate(*, port: int, reason: str) -> Words:
    cause = f"The TLS handshake on port {port} fails ({reason}); the server may require client certificates, which other servers do not have."
    repair = f"If the server on port {port} requires client certificates, turn this requirement off; otherwise look for this handshake in its log."
    return cause, repair


def _records(record_type: str, ips: Sequence[str]) -> str:
    return f"{record_type} record{'' if len(ips) == 1 else 's'}"


def _ipv4_dead(*, ips: Sequence[str]) -> Words:
    dead = ", ".join(ips)
    cause = f"IPv4 does not work: nothing answers at {dead}, so servers without IPv6 cannot connect."
    repair = (
        f"Make the server listen on IPv4, and forward the port to it, or correct the {_records('A', ips)} ({dead})."
    )
    return cause, repair


def _ipv6_dead(*, ips: Sequence[str], loses_time: bool, is_removable: bool) -> Words:
    dead = ", ".join(ips)
    so = ", so servers that have IPv6 lose time on each connection" if loses_time else ""
    or_remove = f", or remove the {_records('AAAA', ips)} ({dead})" if is_removable else ""
    repair = f"Make the server listen on IPv6, and open the firewall for it{or_remove}."
    return f"IPv6 does not work: nothing answers at {dead}{so}.", repair


TEXTS: Mapping[str, Callable[..., Words]] = {
    "port-refused": _refused,
    "port-dropped": _dropped,
    "port-silent": _silent,
    "cdn-blocks-port": _cdn_blocks_port,
    "connection-reset": _reset,
    "port-not-tls": _not_tls,
    "address-unreachable": _unreachable,
    "tls-dhe-only": _dhe_only,
    "tls-name-unknown": _name_unknown,
    "tls-name-unknown:no-site": _no_site,
    "tls-version": _version,
    "tls-failed": _handshake_failed,
    "tls-failed:client-certificate": _client_certificate,
    "ipv4-dead": _ipv4_dead,
    "ipv6-dead": _ipv6_dead,
}
