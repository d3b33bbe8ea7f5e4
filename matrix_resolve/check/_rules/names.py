"""Rules about names and addresses: why a name does not resolve, and which of its addresses have faults."""

import re
from collections.abc import Iterator

from ...backends.dns import RecordType
from ...errors import AddressBlocked, ResolveError
from ..evidence import Evidence
from ..faults import Diagnosis, Fault, Seen, diagnose, make_fault, seen
from ..resolver_facts import ErrorFacts, WarningFacts, facts_of_error, warnings_of
from .assessed import AssessedEvidence
from .delegation import effective_name, srv_targets
from .well_known_places import hosts_of

_FAMILIES: tuple[RecordType, ...] = ("AAAA", "A")
_SEPARATOR = re.compile(r"[,;\s]")
"""Separators between several names; a server name contains none of these characters."""


def name_rules(evidence: AssessedEvidence) -> Iterator[Fault]:
    """Report why the name does not resolve, or what is wrong with the addresses that it leads to."""
    if evidence.error is not None:
        yield from _why_not_resolved(evidence, evidence.error)
        return
    for warning in warnings_of(evidence, "address-question-failed"):
        yield _one_family(evidence, warning)
    for host, refused in _refused_by_host(evidence).items():
        yield _private_too(host, refused, evidence)
    if evidence.is_overridden:
        yield make_fault(diagnose("override-in-use"))
    yield from _ipv6_only(evidence)


def _refused_by_host(evidence: Evidence) -> dict[str, dict[str, str]]:
    """Return the addresses that the policy refuses, by host: those of the targets, and those of the hosts that serve the document."""
    by_host: dict[str, dict[str, str]] = {}
    for host in [] if evidence.is_overridden else _hosts_in_use(evidence):
        replies = [evidence.reply(host, family) for family in _FAMILIES]
        ips = [ip for reply in replies if reply is not None for ip in reply.records]
        refused = {ip: evidence.refused[ip] for ip in ips if ip in evidence.refused}
        if refused:
            by_host[host] = refused
    return by_host


def _hosts_in_use(evidence: Evidence) -> list[str]:
    targets = evidence.resolution.targets if evidence.resolution else ()
    names = [target.dns_name for target in targets if target.dns_name is not None]
    return list(dict.fromkeys([*names, *hosts_of(evidence), *srv_targets(evidence)]))


def _private_too(host: str, refused: dict[str, str], evidence: Evidence) -> Fault:
    replies = [evidence.reply(host, family) for family in _FAMILIES]
    is_all = all(ip in refused for reply in replies if reply is not None for ip in reply.records)
    variant = "srv" if is_all and host in srv_targets(evidence) else ""
    rules = tuple(dict.fromkeys(refused.values()))
    return make_fault(diagnose("address-private-some", variant, host=host, ips=tuple(refused), rules=rules))


def _one_family(evidence: Evidence, warning: WarningFacts) -> Fault:
    """Report an address query that failed although the other one was answered. Many servers have only IPv4; hardly any have only IPv6."""
    diagnosis = diagnose("address-question-failed", host=warning.host, sentence=warning.sentence)
    return make_fault(diagnosis, _failures(evidence), severe="A" in warning.record_types)


def _why_not_resolved(evidence: Evidence, error: ResolveError) -> Iterator[Fault]:
    facts, followed = facts_of_error(error), effective_name(evidence)
    match error.code:
        case "invalid-name" | "unresolvable-name":
            yield make_fault(_invalid(error, facts))
        case "zone-refused":
            name = str(evidence.server_name)
            yield make_fault(
                diagnose("zone-refused", sentence=facts.sentence, followed=str(followed), server_name=name)
            )
        case "service-not-provided" | "srv-unusable":
            yield make_fault(diagnose(error.code, sentence=facts.sentence, followed=str(followed)))
        case "no-address":
            yield make_fault(_no_address(evidence, facts.sentence), _empty(evidence))
        case _ if isinstance(error, AddressBlocked):
            yield _private(error)
        case _:
            yield from _unanswered(evidence, error.code, facts.sentence)


def _invalid(error: ResolveError, facts: ErrorFacts) -> Diagnosis:
    is_several = not facts.instead and _SEPARATOR.search(error.server_name) is not None
    variant = "several" if is_several else ""
    return diagnose("invalid-name", variant, sentence=facts.sentence, instead=facts.instead)


def _unanswered(evidence: Evidence, code: str, sentence: str) -> Iterator[Fault]:
    """Report a resolution that failed or took too long. The cause names the slow lookup, if the check saw which one it was."""
    followed, failures = effective_name(evidence), _failures(evidence)
    if failures or code == "dns-temporary":
        host = followed.hostname if followed is not None else ""
        yield make_fault(diagnose("dns-failed", sentence=sentence, host=host), failures)
    elif not any(probe.trouble is not None for probe in evidence.well_knowns):
        name = str(evidence.server_name)
        yield make_fault(diagnose("resolution-timeout", sentence=sentence, server_name=name))


def _no_address(evidence: Evidence, sentence: str) -> Diagnosis:
    name, followed, hosts = evidence.server_name, effective_name(evidence), srv_targets(evidence)
    if hosts:
        return diagnose("no-address", "srv", sentence=sentence, hosts=tuple(hosts), followed=str(followed))
    if name is None or followed is None or followed == name:
        host = str(name.dns_name) if name is not None else ""
        return diagnose("no-address", sentence=sentence, host=host, may_delegate=name is None or name.port is None)
    names = {"host": str(followed.dns_name), "server_name": str(name), "followed": str(followed)}
    return diagnose("no-address", "delegated", sentence=sentence, **names)


def _private(error: AddressBlocked) -> Fault:
    ip = error.address
    host = (error.reason and error.reason.text("host")) or ip
    return make_fault(diagnose("address-private", host=host, ip=ip, rule=error.rule))


def _ipv6_only(evidence: Evidence) -> Iterator[Fault]:
    hosts = {probe.target.dns_name for probe in evidence.targets}
    if not hosts or any(":" not in probe.target.ip for probe in evidence.targets):
        return
    replies = [evidence.reply(host, "A") for host in hosts if host is not None]
    if len(replies) == len(hosts) and all(reply and not reply.records and not reply.failure for reply in replies):
        yield make_fault(diagnose("ipv6-only", hosts=tuple(sorted(filter(None, hosts)))))


def _failures(evidence: Evidence) -> list[Seen]:
    return [seen("dns-reply", reply=reply) for reply in evidence.dns if reply.failure]


def _empty(evidence: Evidence) -> list[Seen]:
    replies = [reply for reply in evidence.dns if reply.record_type in _FAMILIES and not reply.records]
    return [seen("dns-reply", reply=reply) for reply in replies]
