"""Findings about SRV records, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..._util.escaping import first_few
from ...discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE
from ...reasons import Reason
from .phrases import Words, document_for


def _in_use(*, followed: str, host: str, port: int) -> Words:
    cause = f"An SRV record says where {followed} is; it changes address and port only, so the servers there need a certificate for {followed}."
    return (
        cause,
        f"Nothing has to change; a well-known with {document_for(host, port)} would let {host} use its own certificate.",
    )


def _only_deprecated(*, followed: str) -> Words:
    cause = f"Only {DEPRECATED_SERVICE}.{followed} exists, the name that SRV records for Matrix had before 2023."
    return cause, f"Publish the same record as {FEDERATION_SERVICE}.{followed}, too."


def _unused(*, server_name: str, followed: str, owners: Sequence[str]) -> Words:
    cause = f"The SRV records of {server_name} are not used, as its well-known delegates to {followed}."
    return cause, f"Remove {' and '.join(owners)}, unless it is for servers older than 2019."


def _records_differ(*, followed: str) -> Words:
    new, old = f"{FEDERATION_SERVICE}.{followed}", f"{DEPRECATED_SERVICE}.{followed}"
    cause = f"{new} and {old} say different things, and old and new servers follow different ones."
    return cause, f"Publish the same records under both names, {new} and {old}."


def _record_skipped(*, owner: str, skipped: Sequence[Reason], unusable: int) -> Words:
    cause = f"SRV records of {owner} cannot be used: {first_few(map(str, skipped), total=unusable)}."
    return cause, f"Let each SRV record of {owner} name a hostname, and a port from 1 to 65535."


def _too_many_records(*, owner: str, kept: int, beyond_limit: int) -> Words:
    cause = f"{owner} has {kept + beyond_limit} usable SRV records; only the first {kept} are used."
    return cause, f"Publish fewer SRV records under {owner}."


def _question_failed(*, followed: str, sentences: Sequence[str]) -> Words:
    cause = f"A question for SRV records fails instead of saying that there are none, and some servers give up there: {'; '.join(sentences)}."
    repair = f"Repair the name servers of {followed}: they have to answer questions for SRV, with NXDOMAIN or no record if there is none."
    return cause, repair


def _is_cname(*, target: str, host: str) -> Words:
    cause = f"The SRV target {target} is an alias (CNAME), which RFC 2782 forbids; some servers refuse it."
    return cause, f"Let the SRV record name {host or 'the host it leads to'} instead of {target}."


def _without_address(*, target: str, followed: str) -> Words:
    cause = f"The SRV target {target} has no address, so servers fall back to the other SRV records of {followed}."
    return cause, f"Publish A and AAAA records for {target}, or remove its SRV record."


TEXTS: Mapping[str, Callable[..., Words]] = {
    "srv-in-use": _in_use,
    "srv-only-deprecated": _only_deprecated,
    "srv-unused": _unused,
    "srv-records-differ": _records_differ,
    "srv-record-skipped": _record_skipped,
    "srv-record-skipped:limit": _too_many_records,
    "srv-question-failed": _question_failed,
    "srv-target-is-cname": _is_cname,
    "srv-target-without-address": _without_address,
}
