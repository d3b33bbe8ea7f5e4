"""Names and addresses: why a name does not resolve at all, and what is odd about its addresses."""

import re
from collections.abc import Iterator

from ..._util.escaping import first_few
from ..._well_known.document import WELL_KNOWN_PATH
from ...backends.dns import RecordType
from ...errors import AddressBlocked, ResolveError
from ..evidence import Evidence
from ..findings import Finding, make_finding
from .hosts import repair_name_servers
from .repairs import HOST
from .well_known_places import hosts_of
from .working import document_for, effective_name, srv_targets

_STEP = re.compile(r"step [\d.]+: ")
_SHOWN = 8  # addresses of a host; very few have more
_FAMILIES: tuple[RecordType, ...] = ("AAAA", "A")


def name_rules(evidence: Evidence) -> Iterator[Finding]:
    """Judge the name and the addresses that it led to."""
    if evidence.error is not None:
        yield from _why_not_resolved(evidence, evidence.error)
        return
    for warning in evidence.resolution.warnings if evidence.resolution else ():
        if warning.code == "address-question-failed":
            yield _one_family(evidence, warning.message)
    for host, refused in _refused_by_host(evidence).items():
        yield _private_too(host, refused, evidence)
    if evidence.is_overridden:
        cause = "This resolver has an override for the name, so it was not looked at what others find."
        yield make_finding("override-in-use", cause, "Check without the override.")
    yield from _ipv6_only(evidence)


def _refused_by_host(evidence: Evidence) -> dict[str, dict[str, str]]:
    """Give what the address policy refuses: of the hosts that servers are led to, and of those that answer for the well-known."""
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


def _private_too(host: str, refused: dict[str, str], evidence: Evidence) -> Finding:
    ips = first_few(refused, total=len(refused), at_most=_SHOWN, separator=", ")
    rules = ", ".join(dict.fromkeys(refused.values()))
    replies = [evidence.reply(host, family) for family in _FAMILIES]
    is_all = all(ip in refused for reply in replies if reply is not None for ip in reply.records)
    if is_all and host in srv_targets(evidence):
        cause = f"The SRV target {host} is at {ips}, which is not to be reached from the Internet ({rules}), so servers fall back to the other SRV records."
        repair = f"Publish a public address for {host} instead of {ips}, or remove its SRV record."
        return make_finding("address-private-some", cause, repair)
    cause = f"{host} has {ips} among its addresses, which is not to be reached from the Internet ({rules})."
    return make_finding("address-private-some", cause, f"Remove {ips} from the public DNS records of {host}.")


def _one_family(evidence: Evidence, message: str) -> Finding:
    """Judge a failed question of which the other family was answered; many servers have IPv4 only, hardly one has IPv6 only."""
    cause = f"The DNS answers for one address family only: {message}."
    is_ipv4_lost = "the A question" in message
    repair = repair_name_servers(message.partition(": ")[0])
    return make_finding("address-question-failed", cause, repair, _failures(evidence), severe=is_ipv4_lost)


def _why_not_resolved(evidence: Evidence, error: ResolveError) -> Iterator[Finding]:
    cause, followed = _told(error), effective_name(evidence)
    host = followed.hostname if followed is not None else ""
    match error.code:
        case "invalid-name" | "unresolvable-name":
            yield _invalid(str(error))
        case "zone-refused":
            yield make_finding("zone-refused", cause, _in_public_dns(evidence, str(followed)))
        case "service-not-provided":
            repair = f'Remove the SRV record with the target "." of {followed}, if it is to federate.'
            yield make_finding("service-not-provided", cause, repair)
        case "srv-unusable":
            repair = f"Let each SRV record of {followed} name a hostname that has A and AAAA records, and a port from 1 to 65535."
            yield make_finding("srv-unusable", cause, repair)
        case "no-address":
            yield make_finding("no-address", cause, _publish(evidence), _asked(evidence))
        case "dns-temporary":
            yield make_finding("dns-failed", cause, repair_name_servers(host), _failures(evidence))
        case "resolution-timeout":
            yield from _out_of_time(evidence, cause, host)
        case _:
            yield _private(error, cause)


def _out_of_time(evidence: Evidence, cause: str, host: str) -> Iterator[Finding]:
    """Judge a resolution that was given up: by what is slow, if that was seen again."""
    if _failures(evidence):
        yield make_finding("dns-failed", cause, repair_name_servers(host), _failures(evidence))
    elif not any(probe.trouble is not None for probe in evidence.well_knowns):
        repair = f"See why the name servers and the web server of {evidence.server_name} are slow, or check once more."
        yield make_finding(
            "resolution-timeout", f"To find out where {evidence.server_name} leads takes too long: {cause}", repair
        )


def _invalid(message: str) -> Finding:
    """Part the message, which says what to pass instead."""
    cause, _, instead = message.replace(" (server_name_of() does that)", "").partition("; pass ")
    if instead:
        return make_finding(
            "invalid-name", _sentence(cause), f"Check {_sentence(instead.removeprefix('only host and port, '))}"
        )
    repair = 'Give a server name such as "example.com": what follows the first colon of a user ID.'
    return make_finding("invalid-name", _sentence(cause), repair)


def _in_public_dns(evidence: Evidence, followed: str) -> str:
    if followed == evidence.server_name:
        return f"Use a name that exists in the public DNS, instead of {followed}."
    return f"Let {evidence.server_name} delegate to a name that exists in the public DNS, instead of {followed}."


def _publish(evidence: Evidence) -> str:
    name, followed = evidence.server_name, effective_name(evidence)
    hosts = srv_targets(evidence)
    if hosts:
        return f"Publish A and AAAA records for {', '.join(hosts)}, or correct the SRV records of {followed}."
    if name is None or followed is None or followed == name:
        host = name.dns_name if name is not None else None
        elsewhere = (
            f", or, if the homeserver is elsewhere, records for a web server that serves https://{host}{WELL_KNOWN_PATH} "
            f"with {document_for('HOST')} ({HOST})"
        )
        return f"Publish A and AAAA records for {host}{elsewhere if name is None or name.port is None else ''}."
    return f"Publish A and AAAA records for {followed.dns_name}, or correct the delegation of {name} to {followed}."


def _private(error: ResolveError, cause: str) -> Finding:
    ip = error.address if isinstance(error, AddressBlocked) else "it"
    cause = cause.partition("; AddressPolicy(")[0].replace(
        "refused by the address policy", "not to be reached from the Internet"
    )
    is_from_dns = not cause.startswith(f"{ip} ")
    or_outside = ", or, if only your own network sees this address (split DNS), check from outside or with --nameserver"
    repair = f"Publish a public address instead of {ip}{or_outside if is_from_dns else ''}; in a closed network, check with --allow {ip}."
    return make_finding("address-private", _sentence(cause), repair)


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
        yield make_finding("ipv6-only", cause, repair)


def _failures(evidence: Evidence) -> list[str]:
    return [f"{reply.name} {reply.record_type}: {reply.failure}" for reply in evidence.dns if reply.failure]


def _asked(evidence: Evidence) -> list[str]:
    empty = [reply for reply in evidence.dns if reply.record_type in _FAMILIES and not reply.records]
    return [f"{reply.name} {reply.record_type}: {reply.failure or 'no such record'}" for reply in empty]


def _told(error: ResolveError) -> str:
    """Give the message without name and step, which the report gives anyway."""
    message = str(error).removeprefix(f"{error.server_name}: ")
    return _sentence(_STEP.sub("", message, count=1))


def _sentence(text: str) -> str:
    return (text[:1].upper() + text[1:] if text.startswith("the") else text).removesuffix(".") + "."
