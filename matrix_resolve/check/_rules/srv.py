"""Rules about SRV records. Even correct records are reported, because operators may not know that they change only the address and the port."""

from collections.abc import Iterator
from typing import Any

from ..._util.ports import HTTPS_PORT
from ...discovery.srv import SrvAnswer
from ...discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE
from ...models import Step
from ...server_name import ServerName
from ..evidence import DnsReply, Evidence, TargetProbe
from ..faults import Fault, diagnose, make_fault, seen
from ..resolver_facts import warnings_of
from .assessed import AssessedEvidence
from .certificate_diagnoses import certificate_diagnosis
from .delegation import effective_name, host_behind, srv_targets

_BY_DEPRECATED_SRV = {Step.DEPRECATED_SRV, Step.DELEGATED_DEPRECATED_SRV}


def srv_rules(evidence: AssessedEvidence) -> Iterator[Fault]:
    """Report SRV records of the server name and of the name that it delegates to.

    If a well-known document is the repair for the certificate of their target, the records are not reported.
    """
    name, followed = evidence.server_name, effective_name(evidence)
    if name is None or followed is None or evidence.is_overridden:
        return
    yield from _question_failed(evidence, followed)
    if any(_is_certified_for_itself(probe, evidence) for probe in evidence.targets):
        return
    yield from _in_use(evidence, followed)
    yield from _differ(evidence, followed)
    yield from _aliases(evidence)
    yield from _skipped(evidence, followed)
    yield from _unused(evidence, name, followed)
    if evidence.resolution is not None and evidence.resolution.step.is_srv:
        yield from _without_address(evidence, followed)


def _is_certified_for_itself(probe: TargetProbe, evidence: AssessedEvidence) -> bool:
    is_refused = probe.trouble is not None and probe.trouble.code.startswith("certificate")
    return is_refused and certificate_diagnosis(probe, evidence).code == "certificate-of-srv-target"


def _is_same(one: ServerName, other: ServerName) -> bool:
    """Return whether two names lead to the same place, regardless of their spelling."""
    return (one.tls_server_name, one.port) == (other.tls_server_name, other.port)


def _in_use(evidence: AssessedEvidence, followed: ServerName) -> Iterator[Fault]:
    step = evidence.resolution.step if evidence.resolution else None
    if step in _BY_DEPRECATED_SRV:
        yield make_fault(diagnose("srv-only-deprecated", followed=str(followed)))
        return
    if step is None or not step.is_srv or not evidence.has_working_target:
        return
    targets = evidence.resolution.targets if evidence.resolution else ()
    host, port = next(((each.dns_name, each.port) for each in targets if each.dns_name), ("HOST", HTTPS_PORT))
    host = host_behind(host, evidence) or host
    yield make_fault(diagnose("srv-in-use", followed=str(followed), host=host, port=port))


def _differ(evidence: Evidence, followed: ServerName) -> Iterator[Fault]:
    answers = _answers(evidence, followed)
    if all(answer.found for answer in answers) and len({frozenset(answer.records) for answer in answers}) > 1:
        services = (FEDERATION_SERVICE, DEPRECATED_SERVICE)
        records = [
            seen("srv-records", service=service, records=answer.records)
            for service, answer in zip(services, answers, strict=True)
        ]
        yield make_fault(diagnose("srv-records-differ", followed=str(followed)), records)


def _aliases(evidence: Evidence) -> Iterator[Fault]:
    for warning in warnings_of(evidence, "srv-target-is-cname"):
        host = host_behind(warning.host, evidence)
        yield make_fault(diagnose("srv-target-is-cname", target=warning.host, host=host))


def _skipped(evidence: Evidence, followed: ServerName) -> Iterator[Fault]:
    """Report records that cannot be used, in the SRV answer that decided the step."""
    reply = next((reply for reply in _replies(evidence, followed) if reply.srv.found), None)
    if reply is None or evidence.resolution is None:
        return
    owner, answer = reply.name, reply.srv
    if answer.unusable:
        facts: dict[str, Any] = {"owner": owner, "skipped": answer.skipped, "unusable": answer.unusable}
        yield make_fault(diagnose("srv-record-skipped", **facts))
    if answer.beyond_limit:
        kept = len(answer.records)
        yield make_fault(
            diagnose("srv-record-skipped", "limit", owner=owner, kept=kept, beyond_limit=answer.beyond_limit)
        )


def _question_failed(evidence: Evidence, followed: ServerName) -> Iterator[Fault]:
    warnings = warnings_of(evidence, "srv-question-failed")
    if warnings:
        sentences = tuple(warning.sentence for warning in warnings)
        yield make_fault(diagnose("srv-question-failed", followed=str(followed), sentences=sentences))


def _unused(evidence: Evidence, name: ServerName, followed: ServerName) -> Iterator[Fault]:
    owners = tuple(reply.name for reply in _replies(evidence, name) if reply.srv.found)
    if owners and not _is_same(followed, name):
        yield make_fault(diagnose("srv-unused", server_name=str(name), followed=str(followed), owners=owners))


def _without_address(evidence: Evidence, followed: ServerName) -> Iterator[Fault]:
    for target in srv_targets(evidence):
        replies = [evidence.reply(target, "AAAA"), evidence.reply(target, "A")]
        if all(reply and not reply.records and not reply.failure for reply in replies):
            yield make_fault(diagnose("srv-target-without-address", target=target, followed=str(followed)))


def _answers(evidence: Evidence, name: ServerName) -> list[SrvAnswer]:
    """Return the answers for the new and the old SRV name."""
    return [reply.srv for reply in _replies(evidence, name)]


def _replies(evidence: Evidence, name: ServerName) -> list[DnsReply]:
    replies = [
        evidence.reply(f"{service}.{name.dns_name}", "SRV") for service in (FEDERATION_SERVICE, DEPRECATED_SERVICE)
    ]
    return [reply for reply in replies if reply is not None]
