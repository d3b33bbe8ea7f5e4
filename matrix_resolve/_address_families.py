"""The address families of this machine: whether it has routes, which the operating system knows without sending a packet."""

import ipaddress
import socket
from collections.abc import Callable, Collection
from typing import Literal

from .policy import Family, ResolverPolicy

PUBLIC: dict[Family, str] = {"v6": "2001:503:ba3e::2:30", "v4": "198.41.0.4"}
"""The addresses of a.root-servers.net, which do not change. No packet is sent to them."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_CHECK_INTERVAL = 60.0  # seconds: a machine rarely gets or loses an address family, and a check takes some microseconds


class QueriedFamilies:
    """The address families in which hosts are looked up.

    Args:
        setting: The families in their order, or ``"auto"`` for those of this machine.
        detect: Returns the families of this machine. It is called at most once a minute, and only with ``"auto"``.
        clock: Returns seconds.
    """

    def __init__(
        self,
        setting: tuple[Family, ...] | Literal["auto"],
        detect: Callable[[], Collection[Family]],
        clock: Callable[[], float],
    ) -> None:
        self._setting = setting
        self._detect = detect
        self._clock = clock
        self._detected: tuple[Family, ...] = ()
        self._until = 0.0

    def __call__(self) -> tuple[Family, ...]:
        """Return the families, in order. There is at least one."""
        if isinstance(self._setting, tuple):
            return self._setting
        now = self._clock()
        if not self._detected or now >= self._until:
            detected = self._detect()
            # A machine without any route may get one before the answer is used, and localhost needs none.
            self._detected = tuple(family for family in PUBLIC if family in detected) or tuple(PUBLIC)
            self._until = now + _CHECK_INTERVAL
        return self._detected


def routed_families() -> list[Family]:
    """Return the address families in which this machine can reach public addresses."""
    return [family for family, ip in PUBLIC.items() if has_route(ip)]


def listed_families(policy: ResolverPolicy) -> tuple[Family, ...]:
    """Return the address families of the policy; both for ``"auto"``, because a check is not about this machine."""
    return tuple(PUBLIC) if policy.families == "auto" else policy.families


def all_families() -> list[Family]:
    """Return both address families, for machines whose routes do not matter."""
    return list(PUBLIC)


def has_route(ip: str) -> bool:
    """Return whether this machine has a route to *ip* from an address to which replies can be sent.

    Connecting a UDP socket looks up a route and sends no packet.

    Source:
        RFC 4291, section 2.4: only an address in ``2000::/3`` is reachable from everywhere.
    """
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((ip, 53))
            source = asking.getsockname()[0]
    except OSError:
        return False
    return leads_to(ip, source.partition("%")[0])


def leads_to(ip: str, source: str) -> bool:
    """Return whether replies from *ip* can reach *source*."""
    ours = ipaddress.ip_address(source)
    if not ipaddress.ip_address(ip).is_global:
        return not ours.is_unspecified
    if isinstance(ours, ipaddress.IPv6Address):
        return ours in _GLOBAL_UNICAST
    return not (ours.is_unspecified or ours.is_loopback or ours.is_link_local)
