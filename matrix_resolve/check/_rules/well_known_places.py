"""Where an answer to the well-known request came from: each redirect may lead to another host, with addresses of its own."""

from collections.abc import Iterator

from ..._util.dates import as_day
from ..._util.ports import HTTPS_PORT
from ..evidence import Evidence, WellKnownProbe
from ..exchanges import HttpExchange
from .unreachable import is_network_trouble


def authority(exchange: HttpExchange) -> str:
    """Give host and port of a hop, without the default port."""
    return exchange.url.split("/")[2]


def host_and_port(exchange: HttpExchange) -> tuple[str, int]:
    """Give host and port of a hop by themselves."""
    host, colon, port = authority(exchange).rpartition(":")
    return (host, int(port)) if colon and port.isdecimal() else (authority(exchange), HTTPS_PORT)


def hops_at(place: str, probe: WellKnownProbe) -> list[HttpExchange]:
    """Give the hops of *probe* at one host."""
    return [exchange for exchange in probe.exchanges if authority(exchange) == place]


def end_of(probe: WellKnownProbe) -> str:
    """Give host and port of the last hop; an empty text if no request could be made."""
    return authority(probe.last) if probe.last else ""


def is_redirected(probe: WellKnownProbe) -> bool:
    """Say whether another host answered in the end than the one that was asked."""
    return len({authority(exchange) for exchange in probe.exchanges}) > 1


def place_of(probe: WellKnownProbe) -> str:
    """Name the place that answered in the end."""
    return f"{probe.last_ip} ({end_of(probe)})" if is_redirected(probe) else probe.ip


def is_unanswered(probe: WellKnownProbe) -> bool:
    """Say whether there was not even a handshake at the end."""
    return is_network_trouble(probe.trouble) and probe.certificate is None and not probe.accepts_dhe


def hosts_of(evidence: Evidence) -> list[str]:
    """Give each host that takes part in answering for the well-known, the server name's first; none if it is not asked for."""
    name = evidence.server_name
    if name is None or name.dns_name is None or name.port is not None or evidence.is_overridden:
        return []
    hosts = [host_and_port(exchange)[0] for probe in evidence.well_knowns for exchange in probe.exchanges]
    return list(dict.fromkeys([name.dns_name, *(host for host in hosts if host[:1] != "[")]))


def line_of(probe: WellKnownProbe) -> str:
    """Say what one place answered."""
    return f"{place_of(probe)}: {'; '.join(_told(probe))}"


def _told(probe: WellKnownProbe) -> Iterator[str]:
    if probe.delegated is not None:
        yield f"delegates to {probe.delegated}"
        return
    told = probe.trouble.message if probe.trouble else probe.detail
    yield told
    if probe.certificate is not None and probe.trouble is not None and probe.trouble.code.startswith("certificate"):
        yield f"the certificate is valid until {as_day(probe.certificate.not_after)}"
    beginning = probe.last.excerpt(60) if probe.last else ""
    if beginning and "begins with" not in told:
        yield f'the body begins with "{beginning}"'
