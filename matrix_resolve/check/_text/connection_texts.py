"""Findings about connections to targets, certificates aside, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..faults import Correction, DefaultPort
from .phrases import HOST, Words, document_for, port_of, well_known_url


def _refused(*, host: str, port: int, default_port: DefaultPort | None, correction: Correction | None) -> Words:
    cause = f"Port {port} of {host} refuses connections: nothing listens there, or a firewall says so{_why_this_port(default_port)}."
    return cause, f"Let the server or its proxy listen on {port_of(host, port)}{_or_correct(correction)}."


def _dropped(*, host: str, port: int, default_port: DefaultPort | None, correction: Correction | None) -> Words:
    cause = f"Port {port} of {host} drops connections: a firewall or router throws the packets away{_why_this_port(default_port)}."
    repair = f"Open port {port} of {host} in the firewall and forward it to the server{_or_correct(correction)}."
    return cause, repair


def _why_this_port(default_port: DefaultPort | None) -> str:
    """Return why servers go to port 8448, for those who never meant it."""
    if default_port is None:
        return ""
    if default_port.delegated:
        return f"; the well-known names {default_port.delegated} without a port, which means 8448"
    so = f"nothing delegates {default_port.server_name} elsewhere"
    if default_port.absent_url:
        return f"; {default_port.absent_url} answers {default_port.absent_status}, so {so}, and servers try port 8448"
    return f"; {so}, so servers try port 8448"


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
            return f", or delegate with the port: {document_for(name)}"
        case "no-delegation":
            return f", or serve {well_known_url(name)} with {document_for('HOST')} ({HOST})"


def _silent(*, host: str, port: int) -> Words:
    place = port_of(host, port)
    repair = f"See what listens on {place}: it has to speak TLS, and its backlog must not be full."
    return f"Port {port} of {host} takes connections and then says nothing.", repair


def _cdn_blocks_port(*, host: str, port: int) -> Words:
    cause = f"Port {port} of {host} drops connections, while Cloudflare answers on 443: its proxy does not carry port {port}."
    repair = f"Delegate to a port that it carries, such as {document_for(host)}, or switch its proxy off for {host}."
    return cause, repair


def _reset(*, host: str, port: int, name: str) -> Words:
    cause = (
        f"Port {port} of {host} closes connections before TLS is set up; the server may not know the TLS name {name}, "
        "or it demands client certificates."
    )
    repair = f"Let the proxy have a certificate and a virtual host for {name} on port {port}, and demand no client certificates."
    return cause, repair


def _not_tls(*, host: str, port: int, name: str) -> Words:
    cause = f"Port {port} of {host} does not speak TLS; it is probably the plain HTTP port of the homeserver."
    return cause, f"Put a reverse proxy with a certificate for {name} on port {port}."


def _unreachable(*, host: str, ips: Sequence[str], message: str) -> Words:
    repair = f"Correct the addresses of {host} ({', '.join(ips)}), or let the network route them."
    return f"{host} cannot be reached: {message}.", repair


def _dhe_only(*, host: str, port: int) -> Words:
    """Describe a server that supports none of the key exchanges that clients still offer.

    Source:
        RFC 9325, section 4.1; Python's ssl module, browsers and Go do not offer such suites, or are dropping them.
    """
    cause = f"Port {port} of {host} offers only finite-field Diffie-Hellman (DHE) key exchange, which this library and many servers do not use."
    repair = f"Enable TLS 1.3 on port {port} of {host}, or the ECDHE cipher suites of TLS 1.2, such as ECDHE-RSA-AES128-GCM-SHA256."
    return cause, repair


def _name_unknown(*, port: int, name: str) -> Words:
    cause = f"The server on port {port} does not know the TLS name {name}."
    return cause, f"Give what serves port {port} a certificate and a virtual host for {name}."


def _no_site(*, port: int, name: str) -> Words:
    cause = (
        f"The server on port {port} breaks off the TLS handshake for {name}, as Caddy does without a site of this name."
    )
    repair = f"Give what serves port {port} a site with a certificate for {name}; if it has one, see its log."
    return cause, repair


def _version(*, port: int) -> Words:
    cause = f"The server on port {port} offers no TLS version that is still in use (1.2 or newer)."
    return cause, f"Enable TLS 1.2 and 1.3 on port {port}."


def _handshake_failed(*, port: int, reason: str) -> Words:
    cause = f"The TLS handshake on port {port} fails: {reason or 'no reason was given'}."
    return cause, f"See the log of what serves port {port} for this handshake."


def _client_certificate(*, port: int, reason: str) -> Words:
    cause = f"The TLS handshake on port {port} fails ({reason}), or it demands client certificates, which servers do not have."
    repair = f"Let port {port} demand no client certificates; if it does not, see the log of what serves it for this handshake."
    return cause, repair


def _ipv4_dead(*, ips: Sequence[str]) -> Words:
    dead = ", ".join(ips)
    cause = f"IPv4 is dead: nobody answers at {dead}, so servers without IPv6 cannot connect."
    return cause, f"Let the server listen on IPv4 and forward the port to it, or correct the A record ({dead})."


def _ipv6_dead(*, ips: Sequence[str], loses_time: bool, is_removable: bool) -> Words:
    dead = ", ".join(ips)
    so = ", so servers that have IPv6 lose time with every connection" if loses_time else ""
    or_remove = f", or remove the AAAA record ({dead})" if is_removable else ""
    repair = f"Let the server listen on IPv6 and open the firewall for it{or_remove}."
    return f"IPv6 is dead: nobody answers at {dead}{so}.", repair


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
