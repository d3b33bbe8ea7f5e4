"""Where a response to the well-known request came from. Each redirect may lead to another host, with other addresses."""

from ..._util.ports import HTTPS_PORT
from ..evidence import Evidence, WellKnownProbe
from ..exchanges import HttpExchange
from ..faults import Seen, seen
from .unreachable import is_network_trouble


def authority(exchange: HttpExchange) -> str:
    """Return the host and port of a hop as text, without the default port."""
    return exchange.url.split("/")[2]


def host_and_port(exchange: HttpExchange) -> tuple[str, int]:
    """Return the host and the port of a hop."""
    host, colon, port = authority(exchange).rpartition(":")
    return (host, int(port)) if colon and port.isdecimal() else (authority(exchange), HTTPS_PORT)


def hops_at(place: str, probe: WellKnownProbe) -> list[HttpExchange]:
    """Return the hops of *probe* at one host."""
    return [exchange for exchange in probe.exchanges if authority(exchange) == place]


def end_of(probe: WellKnownProbe) -> str:
    """Return the host and port of the last hop as text; an empty string if no request could be made."""
    return authority(probe.last) if probe.last else ""


def is_redirected(probe: WellKnownProbe) -> bool:
    """Return whether the last response came from another host than the first one."""
    return len({authority(exchange) for exchange in probe.exchanges}) > 1


def place_of(probe: WellKnownProbe) -> str:
    """Return the place that sent the last response."""
    return f"{probe.last_ip} ({end_of(probe)})" if is_redirected(probe) else probe.ip


def is_unanswered(probe: WellKnownProbe) -> bool:
    """Return whether the last hop failed before a TLS handshake."""
    return is_network_trouble(probe.trouble) and probe.certificate is None and not probe.accepts_dhe


def hosts_of(evidence: Evidence) -> list[str]:
    """Return the hosts of all hops, the server name's first; an empty list if the document is not requested."""
    name = evidence.server_name
    if name is None or name.dns_name is None or name.port is not None or evidence.is_overridden:
        return []
    hosts = [host_and_port(exchange)[0] for probe in evidence.well_knowns for exchange in probe.exchanges]
    return list(dict.fromkeys([name.dns_name, *(host for host in hosts if host[:1] != "[")]))


def seen_of(probe: WellKnownProbe) -> Seen:
    """Return the response of one place as evidence."""
    return seen("well-known", place_of(probe), probe=probe)
