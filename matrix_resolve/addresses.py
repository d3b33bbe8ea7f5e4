"""From endpoints to connection targets: all hosts looked up at once, the order kept."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from .server_name import ServerName
from .srv import order_by_rfc_2782
from .target_order import without_repeats
from .values import ConnectionTarget, Endpoint, HostAddresses


async def look_up_hosts(
    hosts: Sequence[str], addresses: Callable[[str], Coroutine[Any, Any, HostAddresses]]
) -> dict[str, HostAddresses]:
    """Look up each host once, all at the same time.

    Args:
        hosts: DNS names and IP addresses; repeats are fine.
        addresses: Looks up one.

    Returns:
        What was found, by host.
    """
    distinct = list(dict.fromkeys(hosts))
    if len(distinct) == 1:
        return {distinct[0]: await addresses(distinct[0])}
    return await _look_up_several(distinct, addresses)


async def _look_up_several(
    hosts: Sequence[str], addresses: Callable[[str], Coroutine[Any, Any, HostAddresses]]
) -> dict[str, HostAddresses]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(addresses(host)) for host in hosts]
    return {host: task.result() for host, task in zip(hosts, tasks, strict=True)}


def draw_targets(
    endpoints: Sequence[Endpoint], found: Mapping[str, HostAddresses], followed: ServerName, random: Callable[[], float]
) -> tuple[ConnectionTarget, ...]:
    """Draw one order of targets.

    Args:
        endpoints: Hosts and ports with priorities and weights.
        found: The addresses of each host.
        followed: The name that gives Host and TLS name.
        random: Gives floats from 0 up to, but not including, 1.

    Returns:
        The targets: by priority, then as drawn, then in the order of each host's addresses; each address and port once.
    """
    host_header, tls_server_name = str(followed), followed.tls_server_name
    names = {
        tls_server_name: tls_server_name
    }  # the same text is the same object in all targets of all remembered names
    return without_repeats(
        ConnectionTarget(
            ip=ip,
            port=endpoint.port,
            host_header=host_header,
            tls_server_name=tls_server_name,
            priority=endpoint.priority,
            dns_name=None if endpoint.host == ip else names.setdefault(endpoint.host, endpoint.host),
        )
        for endpoint in order_by_rfc_2782(endpoints, random)
        for ip in found[endpoint.host].ips
    )
