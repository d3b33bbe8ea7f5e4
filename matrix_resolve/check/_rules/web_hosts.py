"""Rules about the hosts that serve the well-known document: whether servers with only one address family find them."""

from collections.abc import Iterator

from ...backends.dns import RecordType
from ..evidence import DnsReply, Evidence
from ..faults import Fault, diagnose, make_fault, seen
from ..resolver_facts import warnings_of
from .well_known_places import hosts_of

_FAMILIES: tuple[RecordType, ...] = ("AAAA", "A")


def web_host_rules(evidence: Evidence) -> Iterator[Fault]:
    """Report faults in the address records of each host that serves the well-known document or redirects to it."""
    for host in hosts_of(evidence):
        reply = evidence.reply(host, "A")
        if reply is not None and _is_ipv6_only(reply, evidence):
            name = str(evidence.server_name)
            diagnosis = diagnose("well-known-ipv6-only", host=host, server_name=name)
            yield make_fault(diagnosis, [seen("dns-reply", reply=reply)])
        failed = _failed(host, evidence)
        if failed and not _is_reported_of_targets(host, evidence):
            yield _question_failed(host, failed, evidence)


def _delegates(evidence: Evidence) -> bool:
    return any(probe.delegated is not None for probe in evidence.well_knowns)


def _is_ipv6_only(reply: DnsReply, evidence: Evidence) -> bool:
    """Return whether a delegation is available only over IPv6, although the targets have IPv4."""
    is_empty = not reply.records and not reply.failure
    return is_empty and _delegates(evidence) and any(":" not in each.target.ip for each in evidence.targets)


def _failed(host: str, evidence: Evidence) -> list[DnsReply]:
    replies = [evidence.reply(host, family) for family in _FAMILIES]
    return [reply for reply in replies if reply is not None and reply.failure]


def _is_reported_of_targets(host: str, evidence: Evidence) -> bool:
    """Return whether the host is also the host of a target. In that case, the same fault is reported for the target."""
    if evidence.resolution is None:
        return not _delegates(evidence)
    return any(warning.host == host for warning in warnings_of(evidence, "address-question-failed"))


def _question_failed(host: str, failed: list[DnsReply], evidence: Evidence) -> Fault:
    """Report a failed query. A failed A query hides the delegation from the many servers without IPv6."""
    is_severe = failed[-1].record_type == "A" and _delegates(evidence)
    diagnosis = diagnose(
        "address-question-failed",
        "web-host",
        host=host,
        record_types=tuple(reply.record_type for reply in failed),
        failure=failed[-1].failure,
        server_name=str(evidence.server_name),
        hides_delegation=is_severe,
    )
    return make_fault(diagnosis, [seen("dns-reply", reply=reply) for reply in failed], severe=is_severe)
