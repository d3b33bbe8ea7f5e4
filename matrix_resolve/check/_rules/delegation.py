"""Where a server name leads: the name it delegates to, the SRV targets, and the hosts behind aliases."""

from ..._util.escaping import printable
from ...discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE
from ...server_name import ServerName
from ..evidence import Evidence


def effective_name(evidence: Evidence) -> ServerName | None:
    """Return the effective name: the delegated name if there is one, otherwise the server name."""
    if evidence.resolution is not None:
        return evidence.resolution.delegated or evidence.resolution.server_name
    delegated = (probe.delegated for probe in evidence.well_knowns if probe.delegated is not None)
    return next(delegated, evidence.server_name)


def srv_targets(evidence: Evidence) -> list[str]:
    """Return the hosts in the SRV records that are in use."""
    followed = effective_name(evidence)
    if followed is None or followed.dns_name is None or followed.port is not None:
        return []
    for service in (FEDERATION_SERVICE, DEPRECATED_SERVICE):
        reply = evidence.reply(f"{service}.{followed.dns_name}", "SRV")
        if reply is not None and reply.srv.found:
            return list(dict.fromkeys(record.target for record in reply.srv.records))
    return []


def host_behind(alias: str, evidence: Evidence) -> str:
    """Return the host at the end of the CNAME chain of *alias*, or an empty string if it is not an alias."""
    replies = [evidence.reply(alias, "AAAA"), evidence.reply(alias, "A")]
    names = [reply.canonical_name for reply in replies if reply and reply.canonical_name]
    return printable(next((name for name in names if name != alias), ""))
