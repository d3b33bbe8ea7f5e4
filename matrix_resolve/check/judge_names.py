"""Names and addresses: why a name does not resolve at all, and what is odd about its addresses."""

from collections.abc import Iterator

from ..backends.dns import RecordType
from ..errors import AddressBlocked, ResolveError
from ..values import Step
from .evidence import Evidence
from .findings import found
from .report import Finding
from .serving import document_for, followed_name

_NAME_SERVERS = "Repair the name servers of the domain: every question has to get an answer, and be it that there is no such record."
_FAMILIES: tuple[RecordType, ...] = ("AAAA", "A")


def judge_names(evidence: Evidence) -> Iterator[Finding]:
    """Judge the name and the addresses that it led to."""
    if evidence.error is not None:
        yield _why_not_resolved(evidence, evidence.error)
        return
    for warning in evidence.resolution.warnings if evidence.resolution else ():
        if warning.code == "address-refused":
            yield found(
                "address-private-some", _sentence(warning.message), "Remove these addresses from the public DNS."
            )
        if warning.code == "address-question-failed":
            yield found(
                "address-question-failed",
                f"The DNS answers for one address family only: {warning.message}.",
                _NAME_SERVERS,
                _failures(evidence),
            )
    if evidence.resolution is not None and evidence.resolution.step is Step.OVERRIDE:
        cause = "This resolver has an override for the name, so what others find was not looked at."
        yield found("override-in-use", cause, "Check without the override.")
    yield from _ipv6_only(evidence)


def _why_not_resolved(evidence: Evidence, error: ResolveError) -> Finding:  # noqa: PLR0911 - a table of cases
    cause, followed = _sentence(str(error)), followed_name(evidence)
    match error.code:
        case "invalid-name" | "unresolvable-name":
            return found(
                "invalid-name", cause, "Give the server name alone: what follows the first colon of a user ID."
            )
        case "zone-refused":
            return found("zone-refused", cause, "Use a name that exists in the public DNS.")
        case "service-not-provided":
            repair = 'Remove the SRV record with the target "." if the domain is to federate.'
            return found("service-not-provided", cause, repair)
        case "srv-unusable":
            repair = "Let each SRV record name a hostname that has A and AAAA records, and a port from 1 to 65535."
            return found("srv-unusable", cause, repair)
        case "no-address":
            return found("no-address", cause, _publish(evidence, str(followed)), _asked(evidence))
        case "dns-temporary" | "resolution-timeout":
            return found("dns-failed", cause, _NAME_SERVERS, _failures(evidence))
        case _:
            return _private(error, cause) if isinstance(error, AddressBlocked) else _other(cause)


def _publish(evidence: Evidence, followed: str) -> str:
    name = evidence.server_name
    if name is not None and followed == name and name.port is None:
        return (
            f"Publish A and AAAA records for {name}, or, if the homeserver is elsewhere, records for a web server that serves "
            f"https://{name}/.well-known/matrix/server with {document_for('HOST')}."
        )
    return f"Publish A and AAAA records for the host that {name} leads to, or correct the delegation to {followed}."


def _private(error: AddressBlocked, cause: str) -> Finding:
    repair = (
        f"Publish public addresses: {error.address} ({error.rule}) is not to be reached from the Internet. "
        f"In a closed network, check with --allow {error.address}."
    )
    return found("address-private", cause, repair)


def _other(cause: str) -> Finding:
    return found("resolution-failed", cause, "See the trace for the lookup that failed.")


def _ipv6_only(evidence: Evidence) -> Iterator[Finding]:
    hosts = {probe.target.dns_name for probe in evidence.targets}
    if not hosts or any(":" not in probe.target.ip for probe in evidence.targets):
        return
    replies = [evidence.reply(host, "A") for host in hosts if host is not None]
    if len(replies) == len(hosts) and all(reply and not reply.records and not reply.failure for reply in replies):
        cause = "There are IPv6 addresses only, so servers without IPv6, of which there are many, cannot connect."
        repair = (
            f"Publish an A record for {', '.join(sorted(filter(None, hosts)))}, or delegate to a host that has one."
        )
        yield found("ipv6-only", cause, repair)


def _failures(evidence: Evidence) -> list[str]:
    return [f"{reply.name} {reply.record_type}: {reply.failure}" for reply in evidence.dns if reply.failure]


def _asked(evidence: Evidence) -> list[str]:
    empty = [reply for reply in evidence.dns if reply.record_type in _FAMILIES and not reply.records]
    return [f"{reply.name} {reply.record_type}: {reply.failure or 'no such record'}" for reply in empty]


def _sentence(text: str) -> str:
    return text.removesuffix(".") + "."
