"""Findings about SRV records, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..._util.escaping import first_few
from ...discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE
from ...reasons import Reason
from .phrases import Words, document_for


def _in_use(*, followed: str, host: str, port: int) -> Words:
    cause = f"Other servers find {followed} through an SRV record, which changes only the address and the port: the certificate on {host}:{port} must be for {followed}."
    repair = f"No change is needed; if {host} should use a certificate for its own name, serve the well-known document {document_for(host, port)}."
    return cause, repair


def _only_deprecated(*, followed: str) -> Words:
    cause = f"SRV records exist only at {DEPRECATED_SERVICE}.{followed}, the name that was in use before 2023."
    return cause, f"Publish the same records at {FEDERATION_SERVICE}.{followed} as well."


def _unused(*, server_name: str, followed: str, owners: Sequence[str]) -> Words:
    cause = f"The SRV records of {server_name} are not used, because its well-known document delegates to {followed}."
    return (
        cause,
        f"Remove the SRV records at {' and '.join(owners)}, unless servers with software from before 2019 need them.",
    )


def _records_differ(*, followed: str) -> Words:
    new, old = f"{FEDERATION_SERVICE}.{followed}", f"{DEPRECATED_SERVICE}.{followed}"
    cause = f"{new} and {old} have different SRV records: new servers follow the first, and old servers the second."
    return cause, f"Publish the same records at both names, {new} and {old}."


def _record_skipped(*, owner: str, skipped: Sequence[Reason], unusable: int) -> Words:
    cause = f"Some SRV records of {owner} cannot be used: {first_few(map(str, skipped), total=unusable)}."
    return (
        cause,
        f"In each SRV record of {owner}, set the target to a hostname, and the port to a number from 1 to 65535.",
    )


def _too_many_records(*, owner: str, kept: int, beyond_limit: int) -> Words:
    cause = f"{owner} has {kept + beyond_limit} usable SRV records, but at most {kept} are used."
    return cause, f"Publish fewer SRV records at {owner}."


def _question_failed(*, followed: str, sentences: Sequence[str]) -> Words:
    cause = f"An SRV query fails, and some servers then give up instead of continuing without SRV records: {'; '.join(sentences)}."
    repair = (
        f"Repair the name servers of {followed}: they must answer SRV queries, and return NXDOMAIN or an empty answer "
        "if there is no such record."
    )
    return cause, repair


def _is_cname(*, target: str, host: str) -> Words:
    cause = f"The SRV target {target} is an alias (CNAME), which RFC 2782 forbids; some servers refuse it."
    return (
        cause,
        f"Set the target of the SRV record to {host or 'the host that the alias leads to'} instead of {target}.",
    )


def _without_address(*, target: str, followed: str) -> Words:
    cause = f"The SRV target {target} has no address, so other servers use the other SRV records of {followed}."
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
