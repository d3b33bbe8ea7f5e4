"""The well-known, asked for at every address of its host: servers elsewhere meet any of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import attrs

from ..counters import Counters
from ..journal import Journal
from ..resolver import ServerNameResolver
from ..server_name import canonical_ip
from ..values import ConnectionTarget, HostAddresses
from ..well_known import WellKnownClient
from .dns_desk import DnsDesk
from .evidence import Certificate, WellKnownProbe
from .http_probe import NotedRequests
from .tls_probe import probe_tls

_HTTPS_PORT = 443


async def probe_well_knowns(
    resolver: ServerNameResolver, hostname: str, ips: Sequence[str], desk: DnsDesk
) -> tuple[WellKnownProbe, ...]:
    """Ask each address for the well-known of *hostname*.

    Args:
        resolver: Makes the requests, by its policy and backends.
        hostname: A lower-case DNS name.
        ips: Its addresses.
        desk: Asks for the addresses of hosts that redirects lead to.
    """
    async with asyncio.TaskGroup() as group:
        probes = [group.create_task(_probe(resolver, hostname, ip, desk)) for ip in ips]
    return tuple(probe.result() for probe in probes)


async def _probe(resolver: ServerNameResolver, hostname: str, ip: str, desk: DnsDesk) -> WellKnownProbe:
    made = resolver.materials
    http = NotedRequests(made.http)
    client = WellKnownClient(http, made.headers, made.policy, made.clock, Counters())
    event = await client.fetch(hostname, _pinned(resolver, hostname, ip, desk), Journal())
    probe = WellKnownProbe(ip, event.outcome, event.delegated, event.lifetime, event.detail, tuple(http.exchanges))
    if probe.trouble is not None and len(probe.exchanges) == 1:
        return attrs.evolve(probe, certificate=await _certificate(resolver, hostname, ip))
    return probe


def _pinned(
    resolver: ServerNameResolver, hostname: str, ip: str, desk: DnsDesk
) -> Callable[[str], Awaitable[HostAddresses]]:
    """Give one address for *hostname*, and what the DNS and the address policy say for all other hosts."""
    refusal = resolver.materials.address_policy.refusal

    async def addresses(host: str) -> HostAddresses:
        ips = [ip] if host == hostname else _literal(host) or await desk.addresses(host)
        judged = [(each, refusal(each)) for each in ips]
        return HostAddresses(
            ips=tuple(each for each, rule in judged if rule is None),
            refused=tuple((each, rule) for each, rule in judged if rule is not None),
            expires_at=resolver.materials.clock(),
        )

    return addresses


def _literal(host: str) -> tuple[str, ...]:
    try:
        return (canonical_ip(host),)
    except ValueError:
        return ()


async def _certificate(resolver: ServerNameResolver, hostname: str, ip: str) -> Certificate | None:
    target = ConnectionTarget(ip, _HTTPS_PORT, hostname, hostname, dns_name=hostname)
    return (await probe_tls(resolver, target, resolver.materials.policy.connect_timeout)).certificate
