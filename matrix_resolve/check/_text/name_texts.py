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
    repair = 'Give a server name such as "example.com": what follows the first colon of a user ID.'
    return _as_sentence(sentence), repair


def _several_names(*, sentence: str, instead: str) -> Words:  # noqa: ARG001 - there is no single name to pass instead
    return _as_sentence(sentence), "Check several names separately."


def _zone_refused(*, sentence: str, followed: str, server_name: str) -> Words:
    if followed == server_name:
        return _as_sentence(sentence), f"Use a name that exists in the public DNS, instead of {followed}."
    repair = f"Let {server_name} delegate to a name that exists in the public DNS, instead of {followed}."
    return _as_sentence(sentence), repair


def _service_not_provided(*, sentence: str, followed: str) -> Words:
    return _as_sentence(sentence), f'Remove the SRV record with the target "." of {followed}, if it is to federate.'


def _srv_unusable(*, sentence: str, followed: str) -> Words:
    repair = (
        f"Let each SRV record of {followed} name a hostname that has A and AAAA records, and a port from 1 to 65535."
    )
    return _as_sentence(sentence), repair


def _no_address(*, sentence: str, host: str, may_delegate: bool) -> Words:
    elsewhere = (
        f", or, if the homeserver is elsewhere, records for a web server that serves {well_known_url(host)} "
        f"with {document_for('HOST')} ({HOST})"
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
    cause = f"To find out where {server_name} leads takes too long: {_as_sentence(sentence)}"
    return cause, f"See why the name servers and the web server of {server_name} are slow, or check once more."


def _address_private(*, host: str, ip: str, rule: str) -> Words:
    where = f"{host} is" if host == ip else f"{host} is at {ip}, which is"
    or_outside = ", or, if only your own network sees this address (split DNS), check from outside or with --nameserver"
    repair = (
        f"Publish a public address instead of {ip}{'' if host == ip else or_outside}; "
        f"in a closed network, check with --allow {ip}."
    )
    return f"{where} not to be reached from the Internet ({rule}).", repair


def _address_private_some(*, host: str, ips: Sequence[str], rules: Sequence[str]) -> Words:
    some = first_few(ips, total=len(ips), at_most=_SHOWN, separator=", ")
    cause = f"{host} has {some} among its addresses, which is not to be reached from the Internet ({', '.join(rules)})."
    return cause, f"Remove {some} from the public DNS records of {host}."


def _private_srv_target(*, host: str, ips: Sequence[str], rules: Sequence[str]) -> Words:
    all_ = first_few(ips, total=len(ips), at_most=_SHOWN, separator=", ")
    cause = (
        f"The SRV target {host} is at {all_}, which is not to be reached from the Internet ({', '.join(rules)}), "
        "so servers fall back to the other SRV records."
    )
    return cause, f"Publish a public address for {host} instead of {all_}, or remove its SRV record."


def _one_family(*, host: str, sentence: str) -> Words:
    return f"The DNS answers for one address family only: {sentence}.", repair_name_servers(host)


def _web_host_question(
    *, host: str, record_types: Sequence[str], failure: str, server_name: str, hides_delegation: bool
) -> Words:
    so = "servers without IPv6 never see the delegation" if hides_delegation else "servers wait, or miss the well-known"
    cause = f"The question for {' and '.join(record_types)} of {host} fails ({failure}), so {so} of {server_name}."
    return cause, repair_name_servers(host)


def _override_in_use() -> Words:
    cause = "This resolver has an override for the name, so it was not looked at what others find."
    return cause, "Check without the override."


def _ipv6_only(*, hosts: Sequence[str]) -> Words:
    cause = "There are IPv6 addresses only, so servers without IPv6, of which there are many, cannot connect."
    return cause, f"Publish an A record for {', '.join(hosts)}, or delegate to a host that has one."


def _well_known_ipv6_only(*, host: str, server_name: str) -> Words:
    cause = f"{host} has IPv6 addresses only, so servers without IPv6 never see that the well-known of {server_name} delegates to another host."
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
