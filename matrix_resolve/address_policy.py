"""Which addresses may be connected to: only globally routable unicast addresses, unless the caller allows others.

This module has its own table, because `ipaddress.is_global` also accepts ``64:ff9b::7f00:1`` (NAT64 of 127.0.0.1), ``2002:7f00:1::``,
``::127.0.0.1``, ``fec0::1`` and multicast. If an IPv6 address contains an IPv4 address, the IPv4 address is checked as well.

Source: the IANA IPv4 and IPv6 special-purpose address registries; RFC 6890; RFC 4291 section 2.5.5; RFC 3056 (6to4); RFC 6052 and 8215
(NAT64); RFC 4380 (Teredo); RFC 5214 (ISATAP).
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from ._util.argument_checks import refuse_string, shown
from ._util.plain_values import plain_str

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

_NOT_GLOBAL_V4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relay anycast, deprecated",
    "192.168.0.0/16": "private use",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
_NOT_GLOBAL_V6 = {
    # Global unicast addresses are only in 2000::/3. All others are refused; these entries only give the known ranges their names.
    "::/128": "unspecified",
    "::1/128": "loopback",
    "100::/64": "discard-only",
    "100:0:0:1::/64": "dummy prefix",
    "fc00::/7": "unique local",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local, deprecated",
    "ff00::/8": "multicast",
    "5f00::/16": "segment routing",
    # 2001::/23 without Teredo, for which the IPv4 addresses inside are checked. Parts of it are reachable (AMT, AS112), but have no homeservers.
    "2001:1::/32": "IETF protocol assignments",
    "2001:2::/31": "benchmarking and IETF protocol assignments",
    "2001:4::/30": "IETF protocol assignments",
    "2001:8::/29": "IETF protocol assignments",
    "2001:10::/28": "ORCHID, deprecated",
    "2001:20::/28": "ORCHIDv2",
    "2001:30::/28": "drone remote identification",
    "2001:40::/26": "IETF protocol assignments",
    "2001:80::/25": "IETF protocol assignments",
    "2001:100::/24": "IETF protocol assignments",
    "2001:db8::/32": "documentation",
    "3fff::/20": "documentation",
}
_PORT_OR_BRACKETS = re.compile(r"\[[0-9A-Fa-f:.]+\](/[0-9]+|:[0-9]+)?|[0-9.]+:[0-9]+")
_GLOBAL_UNICAST_V6 = ip_network("2000::/3")

_MAPPED = ip_network("::ffff:0:0/96")
_COMPATIBLE = ip_network("::/96")
_NAT64 = ip_network("64:ff9b::/96")
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")
_6TO4 = ip_network("2002::/16")
_TEREDO = ip_network("2001::/32")
_MAY_CARRY = {int(net.network_address) >> 112 for net in (_MAPPED, _NAT64, _NAT64_LOCAL, _6TO4, _TEREDO)}
"""The first 16 bits of the networks above. Most addresses begin with other bits, and need no further check."""
_LARGEST_NOT_IPV4 = 0xFFFF  # "::1" and similar addresses do not contain an IPv4 address
_ISATAP_MARKS = {0x00005EFE, 0x02005EFE}  # in bits 32 to 63: the interface identifier of RFC 5214, section 6.1


def embedded_ipv4(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses inside an IPv6 address, to which packets for the IPv6 address may be forwarded."""
    bits = int(address)
    if bits >> 112 not in _MAY_CARRY and (bits >> 32 & 0xFFFFFFFF) not in _ISATAP_MARKS:
        return ()
    last = IPv4Address(bits & 0xFFFFFFFF)
    if address in _6TO4:
        return (IPv4Address((bits >> 80) & 0xFFFFFFFF),)
    if address in _TEREDO:
        return (IPv4Address((bits >> 64) & 0xFFFFFFFF), IPv4Address((bits & 0xFFFFFFFF) ^ 0xFFFFFFFF))
    if address in _NAT64_LOCAL:
        # RFC 6052, 2.2, /48: the IPv4 address surrounds the reserved byte. Operators also use a /96 inside this network.
        return (IPv4Address(((bits >> 64 & 0xFFFF) << 16) | (bits >> 40 & 0xFFFF)), last)
    carries = address in _MAPPED or address in _NAT64 or (address in _COMPATIBLE and bits > _LARGEST_NOT_IPV4)
    if carries or (bits >> 32 & 0xFFFFFFFF) in _ISATAP_MARKS:
        return (last,)
    return ()


class _Table:
    """Networks that do not overlap, sorted for a binary search."""

    def __init__(self, networks: dict[str, str]) -> None:
        rows = sorted((ip_network(text), name) for text, name in networks.items())
        self._starts = [int(network.network_address) for network, _ in rows]
        self._rows = [(int(network.broadcast_address), f"{network} {name}") for network, name in rows]

    def find(self, number: int) -> str | None:
        index = bisect_right(self._starts, number) - 1
        if index < 0 or number > self._rows[index][0]:
            return None
        return self._rows[index][1]


class AddressPolicy:
    """Decides which addresses may be connected to.

    It applies to every address before a connection is made: literals in server names, in ``m.server`` and in redirects, and every address
    that the DNS returns for a server name, a delegated name, an SRV target or a well-known host. It does not apply to overrides and name
    servers, because the caller wrote them.

    Args:
        allow: Networks or addresses that may always be connected to. They take precedence over *deny*.
        deny: Networks or addresses that are refused in addition to those that are not globally routable.

    Raises:
        TypeError: If *allow* or *deny* is a single string, or an entry is not a string.
        ValueError: If an entry is not a network or an address, has bits set after its prefix, or has a zone.
    """

    def __init__(self, *, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> None:
        self._allow = _networks("allow", allow)
        self._deny = _networks("deny", deny)
        self._everything = False
        self._v4 = _Table(_NOT_GLOBAL_V4)
        self._v6 = _Table(_NOT_GLOBAL_V6)

    def __repr__(self) -> str:
        if self._everything:
            return "AddressPolicy.allow_all()"
        given = {"allow": list(map(str, self._allow)), "deny": list(map(str, self._deny))}
        return f"AddressPolicy({', '.join(f'{name}={networks}' for name, networks in given.items() if networks)})"

    @classmethod
    def allow_all(cls) -> Self:
        """Return a policy that refuses nothing, for tests and closed networks."""
        policy = cls()
        policy._everything = True
        return policy

    def refusal(self, ip: str) -> str | None:
        """Return the rule that refuses *ip*, such as ``"10.0.0.0/8 private use"``, or None if it may be connected to.

        Args:
            ip: An IPv4 or IPv6 address as a string. It is refused if it is not a valid address, or has a zone.
        """
        if self._everything:
            return None
        try:
            address = _parse_address(ip)
        except ValueError:
            return "not an IP address"
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            return "an address with a zone"
        return self._judge(address)

    def _judge(self, address: _Address) -> str | None:
        if self._allow and _within(address, self._allow):
            return None
        denied = self._deny and _within(address, self._deny)
        if denied:
            return f"{denied} denied by the address policy"
        if isinstance(address, IPv4Address):
            return self._v4.find(int(address))
        return self._judge_v6(address)

    def _judge_v6(self, address: IPv6Address) -> str | None:
        inner = embedded_ipv4(address)
        for carried in inner:
            refused = self._judge(carried)
            if refused:
                return f"{refused}, inside an IPv6 address"
        if inner and (address in _MAPPED or address in _NAT64):
            return None
        listed = self._v6.find(int(address))
        if listed:
            return listed
        return None if address in _GLOBAL_UNICAST_V6 else "not global unicast (2000::/3)"


def _parse_address(ip: str) -> _Address:
    ip = plain_str(ip)
    return IPv6Address(ip) if ":" in ip else IPv4Address(ip)


def network_problem(text: str) -> str | None:
    """Return what is wrong with *text* as a network or an address, as the end of a sentence, or None."""
    if "%" in text:
        return "has a zone, and addresses with a zone are always refused"
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        hint = "; write it without brackets and port" if _PORT_OR_BRACKETS.fullmatch(text) else ""
        return f"is not a network or an address, such as 10.0.0.0/8 or 10.0.0.1{hint}"
    address = text.partition("/")[0]
    if ip_address(address) != network.network_address:
        return f'has bits set after its prefix; write "{network}" for the network, or "{address}" for the address alone'
    return None


def _networks(argument: str, texts: Iterable[str]) -> tuple[_Network, ...]:
    refuse_string(f"AddressPolicy.{argument}", texts, example='["10.0.0.0/8"]')
    return tuple(_network(argument, text) for text in texts)


def _network(argument: str, text: object) -> _Network:
    if not isinstance(text, str):
        raise TypeError(f'AddressPolicy.{argument} contains {shown(text)}; write it as a string, such as "10.0.0.0/8"')
    text = plain_str(text)
    problem = network_problem(text)
    if problem:
        raise ValueError(f"AddressPolicy.{argument} contains {shown(text)}, which {problem}")
    return ip_network(text)


def _within(address: _Address, networks: tuple[_Network, ...]) -> str | None:
    """Return the first of *networks* that contains *address*, as a string, or None."""
    return next(
        (str(network) for network in networks if address.version == network.version and address in network), None
    )
