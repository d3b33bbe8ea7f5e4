"""SRV records: in order they are worth knowing, as they change only address and port; and what is odd about them."""

from collections.abc import Iterator

from ..discovery import DEPRECATED_SERVICE, FEDERATION_SERVICE
from ..server_name import ServerName
from ..srv import SrvAnswer
from ..values import Step
from .evidence import DnsReply, Evidence
from .findings import found
from .report import Finding
from .serving import document_for, followed_name

_BY_SRV = {Step.SRV, Step.DELEGATED_SRV}
_BY_DEPRECATED_SRV = {Step.DEPRECATED_SRV, Step.DELEGATED_DEPRECATED_SRV}


def judge_srv(evidence: Evidence) -> Iterator[Finding]:
    """Judge the SRV records of the server name and of the name that it delegates to."""
    name, followed, resolution = evidence.server_name, followed_name(evidence), evidence.resolution
    if name is None or followed is None:
        return
    if resolution is not None and resolution.step in _BY_SRV:
        yield _in_use(evidence, followed)
    if resolution is not None and resolution.step in _BY_DEPRECATED_SRV:
        cause = f"Only {DEPRECATED_SERVICE}.{followed} exists, the name that SRV records for Matrix had before 2023."
        yield found("srv-only-deprecated", cause, f"Publish the same record as {FEDERATION_SERVICE}.{followed}, too.")
    yield from _differ(evidence, followed)
    yield from _warnings(evidence)
    if followed != name and any(answer.found for answer in _answers(evidence, name)):
        cause = f"The SRV records of {name} are not used, as its well-known delegates to {followed}."
        yield found("srv-unused", cause, "Remove them, unless they are for servers older than 2019.")
    if resolution is not None and resolution.step in _BY_SRV | _BY_DEPRECATED_SRV:
        yield from _without_address(evidence, followed)


def _in_use(evidence: Evidence, followed: ServerName) -> Finding:
    target = evidence.resolution.targets[0] if evidence.resolution else None
    host = (target and target.dns_name) or "HOST"
    cause = f"An SRV record says where {followed} is; it changes address and port only, so the servers there need a certificate for {followed}."
    repair = f"Nothing has to change; a well-known with {document_for(host)} would let {host} use its own certificate."
    return found("srv-in-use", cause, repair)


def _differ(evidence: Evidence, followed: ServerName) -> Iterator[Finding]:
    answers = _answers(evidence, followed)
    if len(answers) == 2 and all(answer.found for answer in answers) and answers[0].records != answers[1].records:  # noqa: PLR2004 - both names
        cause = f"{FEDERATION_SERVICE}.{followed} and {DEPRECATED_SERVICE}.{followed} say different things, and old and new servers follow different ones."
        yield found("srv-records-differ", cause, "Publish the same records under both names.", _lines(answers))


def _warnings(evidence: Evidence) -> Iterator[Finding]:
    for warning in evidence.resolution.warnings if evidence.resolution else ():
        match warning.code:
            case "srv-question-failed":
                cause = f"A question for an SRV record fails instead of saying that there is none, and some servers give up there: {warning.message}."
                repair = "Repair the name servers of the domain: they have to answer questions for SRV, with NXDOMAIN or no record if there is none."
                yield found("srv-question-failed", cause, repair)
            case "srv-target-is-cname":
                cause = f"{warning.message[:1].upper()}{warning.message[1:]}."
                yield found(
                    "srv-target-is-cname", cause, "Let the SRV record name the host that has the A and AAAA records."
                )
            case "srv-record-skipped":
                cause = f"An SRV record cannot be used: {warning.message}."
                yield found(
                    "srv-record-skipped", cause, "Let each SRV record name a hostname, and a port from 1 to 65535."
                )
            case _:
                pass


def _without_address(evidence: Evidence, followed: ServerName) -> Iterator[Finding]:
    used = next((answer for answer in _answers(evidence, followed) if answer.found), None)
    for target in dict.fromkeys(record.target for record in used.records) if used else ():
        replies = [evidence.reply(target, "AAAA"), evidence.reply(target, "A")]
        if all(reply and not reply.records and not reply.failure for reply in replies):
            cause = f"The SRV target {target} has no address, so servers fall back to the other records."
            yield found(
                "srv-target-without-address",
                cause,
                f"Publish A and AAAA records for {target}, or remove its SRV record.",
            )


def _answers(evidence: Evidence, name: ServerName) -> list[SrvAnswer]:
    """Give what was answered under the new name and under the old one."""
    replies: list[DnsReply | None] = [
        evidence.reply(f"{service}.{name.dns_name}", "SRV") for service in (FEDERATION_SERVICE, DEPRECATED_SERVICE)
    ]
    return [reply.srv for reply in replies if reply is not None]


def _lines(answers: list[SrvAnswer]) -> list[str]:
    return [
        f"{service}: {', '.join(f'{one.priority} {one.weight} {one.port} {one.target}' for one in answer.records) or 'nothing usable'}"
        for service, answer in zip((FEDERATION_SERVICE, DEPRECATED_SERVICE), answers, strict=True)
    ]
