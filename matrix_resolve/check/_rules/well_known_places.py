"""Where an answer to the well-known request came from: each redirect may lead to another host, with addresses of its own."""

from ..._util.ports import HTTPS_PORT
from ..evidence import Evidence, WellKnownProbe
from ..exchanges import HttpExchange
from ..faults import Seen, seen
from .unreachable import is_network_trouble


def authority(exchange: HttpExchange) -> str:
    """Return host and port of a hop, without the default port."""
    return exchange.url.split("/")[2]


def host_and_port(exchange: HttpExchange) -> tuple[str, int]:
    """Return host and port of a hop separately."""
    host, colon, port = authority(exchange).rpartition(":")
    return (host, int(port)) if colon and port.isdecimal() else (authority(exchange), HTTPS_PORT)


def hops_at(place: str, probe: WellKnownProbe) -> list[HttpExchange]:
    """Return the hops of *probe* at one host."""
    return [exchange for exchange in probe.exchanges if authority(exchange) == place]


def end_of(probe: WellKnownProbe) -> str:
    """Return host and port of the last hop; an empty string if no request could be made."""
    return authority(probe.last) if probe.last else ""


def is_redirected(probe: WellKnownProbe) -> bool:
    """Return whether another host than the one that was asked answered in the end."""
    return len({authority(exchange) for exchange in probe.exchanges}) > 1


def place_of(probe: WellKnownProbe) -> str:
    """Return the place that answered in the end."""
    return f"{probe.last_ip} ({end_of(probe)})" if is_redirected(probe) else probe.ip


def is_unanswered(probe: WellKnownProbe) -> bool:
    """Return whether there was not even a handshake at the end."""
    return is_network_trouble(probe.trouble) and probe.certificate is None and not probe.accepts_dhe


def hosts_of(evidence: Evidence) -> list[str]:
    """Return each host that takes part in answering for the well-known, the server name's first; empty if it is not requested."""
    name = evidence.server_name
    if name is None or name.dns_name is None or name.port is not None or evidence.is_overridden:
        return []
    hosts = [host_and_port(exchange)[0] for probe in evidence.well_knowns for exchange in probe.exchanges]
    return list(dict.fromkeys([name.dns_name, *(host for host in hosts if host[:1] != "[")]))


def seen_of(probe: WellKnownProbe) -> Seen:
    """Return what one place answered."""
    return seen("well-known", place_of(probe), probe=probe)
