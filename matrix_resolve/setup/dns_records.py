"""The DNS records of a plan, as a zone file (RFC 1035, section 5)."""

from collections.abc import Iterator

from .plan import DelegationMethod, Plan

_TTL = 3600
_SERVICES = ("_matrix-fed._tcp", "_matrix._tcp")
"""The service in the specification, and the deprecated one, because some servers know only the latter."""


def dns_records(plan: Plan) -> str:
    """Return all records that other servers query."""
    return "".join(f"{line}\n" for line in _lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    if not plan.has_addresses:
        yield f"; Replace {' and '.join(plan.addresses)} with the addresses of your own machine. Leave out IPv4 or IPv6 if it has none."
    host = plan.server_name.tls_server_name
    if plan.method is DelegationMethod.WELL_KNOWN and host != plan.machine:
        yield f"; {host} is the web server that serves the well-known document. If it has addresses already, keep them."
        yield from _addresses(host, plan)
    yield from _addresses(plan.machine, plan)
    if plan.method is DelegationMethod.SRV:
        yield f"; {plan.machine} must have addresses, as above, and no CNAME (RFC 2782). The second SRV record is for servers that know only the old name."
        yield from (f"{service}.{host}. {_TTL} IN SRV 10 10 {plan.port} {plan.machine}." for service in _SERVICES)


def _addresses(host: str, plan: Plan) -> Iterator[str]:
    for address in plan.addresses:
        yield f"{host}. {_TTL} IN {'AAAA' if ':' in address else 'A'} {address}"
