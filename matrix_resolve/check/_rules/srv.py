"""SRV records: in order they are worth knowing, as they change only address and port; and what is odd about them."""

from collections.abc import Iterator, Sequence

from ..._util.escaping import first_few
from ..._util.ports import HTTPS_PORT
from ...backends.dns import SrvRecord
from ...discovery.srv import SrvAnswer
from ...discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE
from ...models import Step
from ...server_name import ServerName
from ..evidence import DnsReply, Evidence, TargetProbe
from ..findings import Finding, make_finding
from .certificate_diagnoses import certificate_diagnosis
from .hosts import host_behind
from .working import document_for, effective_name, has_working_target, srv_targets

_SHOWN = 8  # records of an answer; very few domains have more
_BY_DEPRECATED_SRV = {Step.DEPRECATED_SRV, Step.DELEGATED_DEPRECATED_SRV}


def srv_rules(evidence: Evidence) -> Iterator[Finding]:
    """Judge the SRV records of the server name and of the name that it delegates to.

    Where their target has a certificate that a well-known would make right, that is the way out, and they are left alone.
    """
    name, followed = evidence.server_name, effective_name(evidence)
    if name is None or followed is None or evidence.is_overridden:
        return
    yield from _question_failed(evidence, followed)
    if any(_is_certified_for_itself(probe, evidence) for probe in evidence.targets):
        return
    yield from _in_use(evidence, followed)
    yield from _differ(evidence, followed)
    yield from _warnings(evidence)
    yield from _skipped(evidence, followed)
    if not _is_same(followed, name) and any(answer.found for answer in _answers(evidence, name)):
        cause = f"The SRV records of {name} are not used, as its well-known delegates to {followed}."
        owners = " and ".join(reply.name for reply in _replies(evidence, name) if reply.srv.found)
        yield make_finding("srv-unused", cause, f"Remove {owners}, unless it is for servers older than 2019.")
    if evidence.resolution is not None and evidence.resolution.step.is_srv:
        yield from _without_address(evidence, followed)


def _is_certified_for_itself(probe: TargetProbe, evidence: Evidence) -> bool:
    is_refused = probe.trouble is not None and probe.trouble.code.startswith("certificate")
    return is_refused and certificate_diagnosis(probe, evidence).code == "certificate-of-srv-target"


def _is_same(one: ServerName, other: ServerName) -> bool:
    """Say whether two names lead to the same place, whatever their spelling."""
    return (one.tls_server_name, one.port) == (other.tls_server_name, other.port)


def _in_use(evidence: Evidence, followed: ServerName) -> Iterator[Finding]:
    step = evidence.resolution.step if evidence.resolution else None
    if step in _BY_DEPRECATED_SRV:
        cause = f"Only {DEPRECATED_SERVICE}.{followed} exists, the name that SRV records for Matrix had before 2023."
        yield make_finding(
            "srv-only-deprecated", cause, f"Publish the same record as {FEDERATION_SERVICE}.{followed}, too."
        )
    if step is None or not step.is_srv or step in _BY_DEPRECATED_SRV or not has_working_target(evidence):
        return
    targets = evidence.resolution.targets if evidence.resolution else ()
    host, port = next(((each.dns_name, each.port) for each in targets if each.dns_name), ("HOST", HTTPS_PORT))
    host = host_behind(host, evidence) or host
    cause = f"An SRV record says where {followed} is; it changes address and port only, so the servers there need a certificate for {followed}."
    repair = (
        f"Nothing has to change; a well-known with {document_for(host, port)} would let {host} use its own certificate."
    )
    yield make_finding("srv-in-use", cause, repair)


def _differ(evidence: Evidence, followed: ServerName) -> Iterator[Finding]:
    answers = _answers(evidence, followed)
    if all(answer.found for answer in answers) and len({frozenset(answer.records) for answer in answers}) > 1:
        cause = f"{FEDERATION_SERVICE}.{followed} and {DEPRECATED_SERVICE}.{followed} say different things, and old and new servers follow different ones."
        yield make_finding(
            "srv-records-differ",
            cause,
            f"Publish the same records under both names, {FEDERATION_SERVICE}.{followed} and {DEPRECATED_SERVICE}.{followed}.",
            _lines(answers),
        )


def _warnings(evidence: Evidence) -> Iterator[Finding]:
    for warning in evidence.resolution.warnings if evidence.resolution else ():
        if warning.code == "srv-target-is-cname":
            yield _is_cname(evidence, warning.message)


def _skipped(evidence: Evidence, followed: ServerName) -> Iterator[Finding]:
    """Report records that are not used, of the SRV answer that decided."""
    reply = next((reply for reply in _replies(evidence, followed) if reply.srv.found), None)
    if reply is None or evidence.resolution is None:
        return
    owner, answer = reply.name, reply.srv
    if answer.unusable:
        cause = f"SRV records of {owner} cannot be used: {first_few(map(str, answer.skipped), total=answer.unusable)}."
        repair = f"Let each SRV record of {owner} name a hostname, and a port from 1 to 65535."
        yield make_finding("srv-record-skipped", cause, repair)
    if answer.beyond_limit:
        kept = len(answer.records)
        cause = f"{owner} has {kept + answer.beyond_limit} usable SRV records; only the first {kept} are used."
        yield make_finding("srv-record-skipped", cause, f"Publish fewer SRV records under {owner}.")


def _question_failed(evidence: Evidence, followed: ServerName) -> Iterator[Finding]:
    warnings = evidence.resolution.warnings if evidence.resolution else ()
    messages = [warning.message for warning in warnings if warning.code == "srv-question-failed"]
    if not messages:
        return
    told = "; ".join(message.partition("; it is taken")[0] for message in messages)
    cause = f"A question for SRV records fails instead of saying that there are none, and some servers give up there: {told}."
    repair = f"Repair the name servers of {followed}: they have to answer questions for SRV, with NXDOMAIN or no record if there is none."
    yield make_finding("srv-question-failed", cause, repair)


def _is_cname(evidence: Evidence, message: str) -> Finding:
    target = message.removeprefix("the SRV target ").partition(" ")[0]
    host = host_behind(target, evidence) or "the host it leads to"
    cause = f"The SRV target {target} is an alias (CNAME), which RFC 2782 forbids; some servers refuse it."
    return make_finding("srv-target-is-cname", cause, f"Let the SRV record name {host} instead of {target}.")


def _without_address(evidence: Evidence, followed: ServerName) -> Iterator[Finding]:
    for target in srv_targets(evidence):
        replies = [evidence.reply(target, "AAAA"), evidence.reply(target, "A")]
        if all(reply and not reply.records and not reply.failure for reply in replies):
            cause = (
                f"The SRV target {target} has no address, so servers fall back to the other SRV records of {followed}."
            )
            yield make_finding(
                "srv-target-without-address",
                cause,
                f"Publish A and AAAA records for {target}, or remove its SRV record.",
            )


def _answers(evidence: Evidence, name: ServerName) -> list[SrvAnswer]:
    """Give what was answered under the new name and under the old one."""
    return [reply.srv for reply in _replies(evidence, name)]


def _replies(evidence: Evidence, name: ServerName) -> list[DnsReply]:
    replies = [
        evidence.reply(f"{service}.{name.dns_name}", "SRV") for service in (FEDERATION_SERVICE, DEPRECATED_SERVICE)
    ]
    return [reply for reply in replies if reply is not None]


def _lines(answers: list[SrvAnswer]) -> list[str]:
    return [
        f"{service}: {_shown(answer.records) or 'nothing usable'}"
        for service, answer in zip((FEDERATION_SERVICE, DEPRECATED_SERVICE), answers, strict=True)
    ]


def _shown(records: Sequence[SrvRecord]) -> str:
    each = (f"{one.priority} {one.weight} {one.port} {one.target}" for one in records)
    return first_few(each, total=len(records), at_most=_SHOWN, separator=", ")
