"""The well-known, asked for at every address of its host, and of the host that it redirects to: servers elsewhere meet any of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs

from ..counters import Counters
from ..journal import Journal
from ..redirects import authority_of
from ..resolver import ServerNameResolver
from ..server_name import canonical_ip
from ..slots import Slots
from ..values import ConnectionTarget, HostAddresses
from ..well_known import WellKnownClient
from .dns_desk import DnsDesk
from .evidence import Certificate, WellKnownProbe
from .http_probe import NotedRequests
from .tls_probe import probe_tls

_HTTPS_PORT = 443
_MAX_REDIRECTED = 8
"""Addresses of a host that a redirect leads to, which may be anybody's; what is wrong at one of more is found by chance."""


async def probe_well_knowns(
    resolver: ServerNameResolver, hostname: str, ips: Sequence[str], desk: DnsDesk, limit: asyncio.Semaphore
) -> tuple[WellKnownProbe, ...]:
    """Ask each address for the well-known of *hostname*, and each address of another host that answers in the end.

    Args:
        resolver: Makes the requests, by its policy and backends.
        hostname: A lower-case DNS name.
        ips: Its addresses.
        desk: Asks for the addresses of hosts that redirects lead to.
        limit: Held for each address while it is looked at.
    """
    probes = await _probe_all(resolver, hostname, [{hostname: ip} for ip in ips], desk, limit)
    by_end: dict[str, list[WellKnownProbe]] = {}
    for probe in probes:
        by_end.setdefault(_host_at_end(probe, hostname), []).append(probe)
    for host, led in by_end.items():
        lasts = await _allowed(resolver, host, desk) if host != hostname else []
        if len(lasts) > 1:
            pins = _pairs(hostname, [probe.ip for probe in led], host, lasts[:_MAX_REDIRECTED])
            by_end[host] = await _probe_all(resolver, hostname, pins, desk, limit)
    return tuple(probe for led in by_end.values() for probe in led)


async def _probe_all(
    resolver: ServerNameResolver,
    hostname: str,
    pins: Sequence[Mapping[str, str]],
    desk: DnsDesk,
    limit: asyncio.Semaphore,
) -> list[WellKnownProbe]:
    async def probe(each: Mapping[str, str]) -> WellKnownProbe:
        async with limit:
            return await _probe(resolver, hostname, each, desk)

    async with asyncio.TaskGroup() as group:
        probes = [group.create_task(probe(each)) for each in pins]
    return [probe.result() for probe in probes]


def _pairs(hostname: str, firsts: Sequence[str], host: str, lasts: Sequence[str]) -> list[Mapping[str, str]]:
    """Pair the addresses of two hosts so that each occurs, with as few requests as there are addresses of one."""
    count = max(len(firsts), len(lasts))
    return [{hostname: firsts[each % len(firsts)], host: lasts[each % len(lasts)]} for each in range(count)]


def _host_at_end(probe: WellKnownProbe, hostname: str) -> str:
    return authority_of(probe.last.url).tls_server_name if probe.last else hostname


async def _allowed(resolver: ServerNameResolver, host: str, desk: DnsDesk) -> list[str]:
    refusal = resolver.materials.address_policy.refusal
    ips = _literal(host) or await desk.addresses(host)
    return [ip for ip in ips if refusal(ip) is None]


async def _probe(resolver: ServerNameResolver, hostname: str, pins: Mapping[str, str], desk: DnsDesk) -> WellKnownProbe:
    made = resolver.materials
    http = NotedRequests(made.http)
    client = WellKnownClient(http, made.headers, made.policy, made.clock, Counters(), Slots(1))
    event = await client.fetch(hostname, _pinned(resolver, pins, desk), Journal())
    exchanges = tuple(http.exchanges)
    probe = WellKnownProbe(pins[hostname], event.outcome, event.delegated, event.lifetime, event.detail, exchanges)
    if probe.last is None or not probe.last.ip or (probe.trouble is None and probe.delegated is None):
        return probe
    return attrs.evolve(probe, certificate=await _certificate(resolver, probe.last.url, probe.last.ip))


def _pinned(
    resolver: ServerNameResolver, pins: Mapping[str, str], desk: DnsDesk
) -> Callable[[str], Awaitable[HostAddresses]]:
    """Give the one address that a host is pinned to, and what the DNS and the address policy say for all other hosts."""
    refusal = resolver.materials.address_policy.refusal

    async def addresses(host: str) -> HostAddresses:
        ips = [pins[host]] if host in pins else _literal(host) or await desk.addresses(host)
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


async def _certificate(resolver: ServerNameResolver, url: str, ip: str) -> Certificate | None:
    authority = authority_of(url)
    host, port = authority.tls_server_name, authority.port or _HTTPS_PORT
    target = ConnectionTarget(ip, port, str(authority), host, dns_name=authority.dns_name)
    return (await probe_tls(resolver, target, resolver.materials.policy.connect_timeout)).certificate
