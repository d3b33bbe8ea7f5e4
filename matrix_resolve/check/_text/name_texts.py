"""Findings about names and their addresses, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..._util.escaping import first_few
from .phrases import HOST, Words, document_for, repair_name_servers, well_known_url

_SHOWN = 8  # addresses of a host; very few have more


def _as_sentence(text: str) -> str:
    return (text[:1].upper() + text[1:] if text.startswith("the") else text).removesuffix(".") + "."


def _invalid_name(*, sentence: str, instead: str) -> Words:
    if instead:
        return _as_sentence(sentence), f"Check {_as_sentence(instead)}"
    repair = 'Pass a server name such as "example.com": the part after the first colon of a user ID.'
    return _as_sentence(sentence), repair


def _several_names(*, sentence: str, instead: str) -> Words:  # noqa: ARG001 - there is no single name to pass instead
    return _as_sentence(sentence), "Check each name separately."


def _zone_refused(*, sentence: str, followed: str, server_name: str) -> Words:
    if followed == server_name:
        return _as_sentence(sentence), f"Use a name that exists in the public DNS instead of {followed}."
    repair = f"Delegate {server_name} to a name that exists in the public DNS instead of {followed}."
    return _as_sentence(sentence), repair


def _service_not_provided(*, sentence: str, followed: str) -> Words:
    repair = f'If the domain should federate, remove the SRV record of {followed} that has the target ".".'
    return _as_sentence(sentence), repair


def _srv_unusable(*, sentence: str, followed: str) -> Words:
    repair = f"In each SRV record of {followed}, set the target to a hostname that has A or AAAA records, and the port to a number from 1 to 65535."
    return _as_sentence(sentence), repair


def _no_address(*, sentence: str, host: str, may_delegate: bool) -> Words:
    elsewhere = (
        f"; or, if the homeserver runs elsewhere, publish records for a web server that serves {document_for('HOST')} "
        f"at {well_known_url(host)} ({HOST})"
    )
    repair = f"Publish A and AAAA records for {host}{elsewhere if may_delegate else ''}."
    return _as_sentence(sentence), repair


def _no_address_of_srv(*, sentence: str, hosts: Sequence[str], followed: str) -> Words:
    repair = f"Publish A and AAAA records for {', '.join(hosts)}, or correct the SRV records of {followed}."
    return _as_sentence(sentence), repair


def _no_address_of_delegated(*, sentence: str, host: str, server_name: str, followed: str) -> Words:
    repair = f"Publish A and AAAA records for {host}, or correct the delegation of {server_name} to {followed}."
    return _as_sentence(sentence), repair


def _dns_failed(*, sentence: str, host: str) -> Words:
    return _as_sentence(sentence), repair_name_servers(host)


def _resolution_timeout(*, sentence: str, server_name: str) -> Words:
    cause = f"The resolution of {server_name} takes too long: {_as_sentence(sentence)}"
    return cause, f"Find out why the name servers and the web server of {server_name} are slow, or check again."


def _address_private(*, host: str, ip: str, rule: str) -> Words:
    at = "" if host == ip else f" is at {ip}, which"
    if_split = (
        "; if only your network gets this address from the DNS (split DNS), check from outside or with --nameserver"
    )
    repair = (
        f"Publish a public address instead of {ip}{'' if host == ip else if_split}; "
        f"in a closed network, check with --allow {ip}."
    )
    return f"{host}{at} cannot be reached from the Internet ({rule}).", repair


def _address_private_some(*, host: str, ips: Sequence[str], rules: Sequence[str]) -> Words:
    some = first_few(ips, total=len(ips), at_most=_SHOWN, separator=", ")
    cause = f"Some addresses of {host} cannot be reached from the Internet: {some} ({', '.join(rules)})."
    return cause, f"Remove {some} from the public DNS records of {host}."


def _private_srv_target(*, host: str, ips: Sequence[str], rules: Sequence[str]) -> Words:
    all_ = first_few(ips, total=len(ips), at_most=_SHOWN, separator=", ")
    cause = (
        f"The SRV target {host} has only addresses that cannot be reached from the Internet: {all_} ({', '.join(rules)}), "
        "so other servers use the other SRV records."
    )
    return cause, f"Publish a public address for {host} instead of {all_}, or remove its SRV record."


def _one_family(*, host: str, sentence: str) -> Words:
    return f"The DNS answers only one of the two address queries for {host}: {sentence}.", repair_name_servers(host)


def _web_host_question(
    *, host: str, record_types: Sequence[str], failure: str, server_name: str, hides_delegation: bool
) -> Words:
    document = f"the well-known document of {server_name}"
    so = f"servers without IPv6 do not get {document}"
    if not hides_delegation:
        so = f"other servers get {document} late or not at all"
    cause = f"The query for {' and '.join(record_types)} records of {host} fails ({failure}), so {so}."
    return cause, repair_name_servers(host)


def _override_in_use() -> Words:
    cause = "This resolver has an override for the name, so the check did not test what other servers find."
    return cause, "Check without the override."


def _ipv6_only(*, hosts: Sequence[str]) -> Words:
    cause = f"{', '.join(hosts)} {'has' if len(hosts) == 1 else 'have'} only IPv6 addresses, so the many servers without IPv6 cannot connect."
    record = "an A record" if len(hosts) == 1 else "A records"
    return cause, f"Publish {record} for {', '.join(hosts)}, or delegate to a host that has one."


def _well_known_ipv6_only(*, host: str, server_name: str) -> Words:
    cause = (
        f"{host} has only IPv6 addresses, so servers without IPv6 never get the well-known document of {server_name}, "
        "which delegates to another host."
    )
    return cause, f"Publish an A record for {host}."


TEXTS: Mapping[str, Callable[..., Words]] = {
    "invalid-name": _invalid_name,
    "invalid-name:several": _several_names,
    "zone-refused": _zone_refused,
    "service-not-provided": _service_not_provided,
    "srv-unusable": _srv_unusable,
    "no-address": _no_address,
    "no-address:srv": _no_address_of_srv,
    "no-address:delegated": _no_address_of_delegated,
    "dns-failed": _dns_failed,
    "resolution-timeout": _resolution_timeout,
    "address-private": _address_private,
    "address-private-some": _address_private_some,
    "address-private-some:srv": _private_srv_target,
    "address-question-failed": _one_family,
    "address-question-failed:web-host": _web_host_question,
    "override-in-use": _override_in_use,
    "ipv6-only": _ipv6_only,
    "well-known-ipv6-only": _well_known_ipv6_only,
}
