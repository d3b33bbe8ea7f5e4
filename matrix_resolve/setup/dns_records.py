"""The DNS records, in the form of a zone file (RFC 1035, section 5)."""

from collections.abc import Iterator

from .plan import Plan, Way

_TTL = 3600
_SERVICES = ("_matrix-fed._tcp", "_matrix._tcp")
"""The service that the specification names, and the deprecated one, as some servers know only that."""


def dns_records(plan: Plan) -> str:
    """Return all records that other servers look up."""
    return "".join(f"{line}\n" for line in _lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    if not plan.has_addresses:
        yield f"; Put the addresses of your own machine in the place of {' and '.join(plan.addresses)}; leave out a family that it does not have."
    host = plan.server_name.tls_server_name
    if plan.way is Way.WELL_KNOWN and host != plan.machine:
        yield f"; {host} leads to the web server that says where the homeserver is. If it has addresses already, leave them as they are."
        yield from _addresses(host, plan)
    yield from _addresses(plan.machine, plan)
    if plan.way is Way.SRV:
        yield f"; {plan.machine} must have addresses, as above, and no CNAME (RFC 2782). The second SRV record is for servers that know only the older service."
        yield from (f"{service}.{host}. {_TTL} IN SRV 10 10 {plan.port} {plan.machine}." for service in _SERVICES)


def _addresses(host: str, plan: Plan) -> Iterator[str]:
    for address in plan.addresses:
        yield f"{host}. {_TTL} IN {'AAAA' if ':' in address else 'A'} {address}"
