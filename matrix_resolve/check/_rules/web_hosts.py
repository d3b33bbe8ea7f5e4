"""The hosts that answer for the well-known: whether servers of both address families find them."""

from collections.abc import Iterator

from ...backends.dns import RecordType
from ..evidence import DnsReply, Evidence
from ..findings import Finding, make_finding
from .hosts import repair_name_servers
from .well_known_places import hosts_of

_FAMILIES: tuple[RecordType, ...] = ("AAAA", "A")


def web_host_rules(evidence: Evidence) -> Iterator[Finding]:
    """Judge what the DNS says of each host that takes part in answering for the well-known."""
    for host in hosts_of(evidence):
        if _is_ipv6_only(host, evidence):
            cause = f"{host} has IPv6 addresses only, so servers without IPv6 never see that the well-known of {evidence.server_name} delegates to another host."
            yield make_finding(
                "well-known-ipv6-only", cause, f"Publish an A record for {host}.", [f"{host} A: no such record"]
            )
        failed = _failed(host, evidence)
        if failed and not _is_told_of_targets(host, evidence):
            yield _question_failed(host, failed, evidence)


def _delegates(evidence: Evidence) -> bool:
    return any(probe.delegated is not None for probe in evidence.well_knowns)


def _is_ipv6_only(host: str, evidence: Evidence) -> bool:
    """Say whether a delegation is to be had over IPv6 only, and not because all is."""
    reply = evidence.reply(host, "A")
    is_empty = reply is not None and not reply.records and not reply.failure
    return is_empty and _delegates(evidence) and any(":" not in each.target.ip for each in evidence.targets)


def _failed(host: str, evidence: Evidence) -> list[DnsReply]:
    replies = [evidence.reply(host, family) for family in _FAMILIES]
    return [reply for reply in replies if reply is not None and reply.failure]


def _is_told_of_targets(host: str, evidence: Evidence) -> bool:
    """Say whether the same host is that of the targets, too, of which the same is said."""
    if evidence.resolution is None:
        return not _delegates(evidence)
    warnings = [each.message for each in evidence.resolution.warnings if each.code == "address-question-failed"]
    return any(message.startswith(f"{host}: ") for message in warnings)


def _question_failed(host: str, failed: list[DnsReply], evidence: Evidence) -> Finding:
    """Judge a failed question; that for A hides the delegation from many servers, as these have no IPv6."""
    asked = " and ".join(reply.record_type for reply in failed)
    is_severe = failed[-1].record_type == "A" and _delegates(evidence)
    whom = "servers without IPv6 never see the delegation" if is_severe else "servers wait, or miss the well-known"
    cause = f"The question for {asked} of {host} fails ({failed[-1].failure}), so {whom} of {evidence.server_name}."
    lines = [f"{reply.name} {reply.record_type}: {reply.failure}" for reply in failed]
    return make_finding("address-question-failed", cause, repair_name_servers(host), lines, severe=is_severe)
