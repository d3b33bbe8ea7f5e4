"""The resolutions that are disturbed: every step, every cache and every failure, each with backends that suspend."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

import attrs

from matrix_resolve import (
    DelegateTo,
    DnsBackend,
    HttpResponse,
    Resolution,
    ResolveError,
    ResolverPolicy,
    ServerNameResolver,
)
from matrix_resolve.testing.http import well_known_url
from tests._support.waiting import settle
from tests.spec.testbed import MAPPED_DOCUMENTATION, Testbed, fed_record, old_record

from .suspending_backends import Gauge, SuspendingCache, SuspendingDns, SuspendingHttp

DAY = 86_400.0
DELEGATED = "hs.example.net:443"
FED_AT_HOME = fed_record("example.org", "0 0 1 t1.example.com.")


class Resolver(Protocol):
    """What the tests disturb: a resolver, or something that resolves names with one."""

    async def resolve(self, server_name: str, *, refresh: bool = False) -> Resolution: ...

    async def aclose(self) -> None: ...


Before = Callable[["Stage", Resolver], Awaitable[None]]
Act = Callable[[Resolver, str], Awaitable[Resolution]]


async def _resolve(resolver: Resolver, name: str) -> Resolution:
    return await resolver.resolve(name)


@attrs.frozen(kw_only=True)
class Case:
    """A resolution.

    Attributes:
        ends: The step, or the code of the error, with which it ends.
        name: The server name.
        neighbour: Another server name; where possible, resolving it needs one of the same DNS queries.
        zone: Additional records, written as in the numbered cases of the specification tests.
        well_known: The name to which the well-known document of example.org delegates.
        policy: Fields of the policy.
        overrides: The overrides of the resolver.
        host_overrides: Its overrides of hosts.
        before: Fills the cache or changes the backends, before anything is disturbed.
        act: Resolves the name; this is what is disturbed.
    """

    ends: str
    name: str = "example.org"
    neighbour: str = "example.org:9999"
    zone: Sequence[str] = ()
    well_known: str | None = None
    policy: Mapping[str, Any] = attrs.Factory(dict[str, Any])
    overrides: Mapping[str, Any] = attrs.Factory(dict[str, Any])
    host_overrides: Mapping[str, str] = attrs.Factory(dict[str, str])
    before: Before | None = None
    act: Act = _resolve


class Stage:
    """A testbed whose backends suspend. Its clock moves only when a test advances it."""

    def __init__(self, case: Case, limit: int, plant: Callable[[DnsBackend], DnsBackend] | None = None) -> None:
        self.case = case
        self.gauge = Gauge()
        self.testbed = Testbed(*case.zone)
        if case.well_known is not None:
            self.testbed.well_known(case.well_known)
        dns = SuspendingDns(self.testbed.dns, self.gauge)
        self.dns = dns if plant is None else plant(dns)
        self.http = SuspendingHttp(self.testbed.http, self.gauge)
        self.cache = SuspendingCache(self.testbed.cache, self.gauge)
        self.policy = ResolverPolicy(max_resolutions=limit, max_dns_queries=limit, **case.policy)

    def resolver(self) -> ServerNameResolver:
        return ServerNameResolver(
            dns=self.dns,
            http=self.http,
            cache=self.cache,
            policy=self.policy,
            address_policy=MAPPED_DOCUMENTATION,
            overrides=self.case.overrides,
            host_overrides=self.case.host_overrides,
            clock=self.testbed.clock,
            random=lambda: 0.0,
        )

    async def prepare(self, resolver: Resolver) -> None:
        if self.case.before is not None:
            await self.case.before(self, resolver)
            await settle()


async def outcome(resolving: Awaitable[Resolution]) -> str:
    """Return in one line how a resolution ended. Any error that is not documented is raised."""
    try:
        resolution = await resolving
    except ResolveError as error:
        return error.code
    return f"{resolution.step} {', '.join(str(target) for target in resolution.targets)}"


async def _refresh(resolver: Resolver, name: str) -> Resolution:
    return await resolver.resolve(name, refresh=True)


async def _hit_and_refresh(resolver: Resolver, name: str) -> Resolution:
    """Start a background refresh by a cache hit, and resolve with refresh at the same time."""
    await resolver.resolve(name)
    return await resolver.resolve(name, refresh=True)


def _known(*, for_seconds: float, then: Callable[[Stage], None] = lambda _: None) -> Before:
    async def know(stage: Stage, resolver: Resolver) -> None:
        await resolver.resolve(stage.case.name)
        stage.testbed.clock.advance(for_seconds)
        then(stage)

    return know


def _break_well_known(stage: Stage) -> None:
    stage.testbed.well_known(HttpResponse(502))


def _silent(part: str) -> Before:
    async def fall_silent(stage: Stage, _: Resolver) -> None:
        if part == "cache":
            stage.cache.is_silent = True
        elif part == "dns":
            stage.testbed.dns.gate = asyncio.Event()
        else:
            stage.testbed.http.gate = asyncio.Event()

    return fall_silent


async def _broken_cache(stage: Stage, _: Resolver) -> None:
    stage.testbed.cache.error = OSError("the cache is down")


async def _redirects(stage: Stage, _: Resolver) -> None:
    chain = ["example.org", "t1.example.com", "t2.example.com", "t3.example.com"]
    for host, after in pairwise(chain):
        stage.testbed.http.serve(well_known_url(host), HttpResponse(302, (("Location", well_known_url(after)),)))
    stage.testbed.http.well_known(chain[-1], DELEGATED)


def _servfail(*questions: str) -> tuple[str, ...]:
    return tuple(f"{question} SERVFAIL" for question in questions)


CASES = {
    "1": Case(ends="1", name="192.0.2.7:8449", neighbour="192.0.2.7:8450"),
    "2": Case(ends="2", name="example.org:8080"),
    "3.1": Case(ends="3.1", well_known="192.0.2.99"),
    "3.2": Case(ends="3.2", well_known=DELEGATED),
    "3.3": Case(
        ends="3.3", well_known="hs.example.net", zone=[fed_record("hs.example.net", "0 0 5 both.example.com.")]
    ),
    "3.4": Case(ends="3.4", well_known="hs.example.net", zone=[old_record("hs.example.net", "0 0 5 ct.example.com.")]),
    "3.5": Case(ends="3.5", well_known="hs.example.net", neighbour="hs.example.net:8448"),
    "4": Case(ends="4", zone=[FED_AT_HOME]),
    "5": Case(ends="5", zone=[old_record("example.org", "0 0 1 t1.example.com.")]),
    "6": Case(ends="6"),
    "override by name": Case(
        ends="override", neighbour="hs.example.net:80", overrides={"example.org": DelegateTo("hs.example.net:443")}
    ),
    "override by address": Case(ends="override", overrides={"example.org": ("192.0.2.1", 8448)}),
    "override of a host": Case(ends="3.2", well_known=DELEGATED, host_overrides={"hs.example.net": "192.0.2.1"}),
    "srv targets of one priority": Case(
        ends="4", zone=[fed_record("example.org", f"0 1 {port} t{port}.example.com.") for port in (1, 2, 3)]
    ),
    "redirects": Case(ends="3.2", neighbour="t2.example.com:1", before=_redirects),
    "refresh": Case(ends="3.2", well_known=DELEGATED, before=_known(for_seconds=1), act=_refresh),
    "refresh ahead": Case(ends="3.2", well_known=DELEGATED, before=_known(for_seconds=250), act=_hit_and_refresh),
    "questions ahead": Case(
        ends="3.2", well_known=DELEGATED, policy={"shared_cache_interval": 10}, before=_known(for_seconds=250)
    ),
    "well-known ahead": Case(ends="3.2", well_known=DELEGATED, before=_known(for_seconds=0.9 * DAY)),
    "everything ahead": Case(
        ends="3.2",
        neighbour="hs.example.net:80",
        well_known=DELEGATED,
        policy={"shared_cache_interval": 10, "well_known_default_ttl": 300},
        before=_known(for_seconds=250),
    ),
    "stale delegation": Case(
        ends="3.2", well_known=DELEGATED, before=_known(for_seconds=DAY + 1, then=_break_well_known)
    ),
    "prefetch": Case(ends="4", zone=[FED_AT_HOME], policy={"srv_prefetch_after": 0}),
    "prefetch for nothing": Case(
        ends="3.2",
        well_known=DELEGATED,
        zone=[fed_record("example.org", "0 0 1 both.example.com.")],
        policy={"srv_prefetch_after": 0},
    ),
    "prefetch of a slow answer": Case(
        ends="4", zone=[FED_AT_HOME], policy={"srv_prefetch_after": 0.5}, before=_silent("http")
    ),
    "broken cache": Case(ends="3.2", well_known=DELEGATED, before=_broken_cache),
    "silent cache": Case(ends="3.2", well_known=DELEGATED, before=_silent("cache")),
    "silent well-known": Case(ends="6", before=_silent("http")),
    "silent dns": Case(ends="dns-temporary", policy={"dns_timeout": 0.1}, before=_silent("dns")),
    "deadline": Case(ends="resolution-timeout", policy={"deadline": 1}, before=_silent("dns"), neighbour="192.0.2.7:1"),
    "servfail of addresses": Case(
        ends="dns-temporary", zone=_servfail("hs.example.net A", "hs.example.net AAAA"), well_known=DELEGATED
    ),
    "servfail of srv": Case(ends="6", zone=_servfail("_matrix-fed._tcp.example.org SRV")),
    "servfail of srv, strict": Case(
        ends="dns-temporary",
        zone=_servfail("_matrix-fed._tcp.example.org SRV"),
        policy={"srv_failure": "fail", "srv_prefetch_after": 0},
    ),
    "timeout of a name server": Case(
        ends="dns-temporary", name="t1.example.com:1", zone=["t1.example.com AAAA TIMEOUT", "t1.example.com A TIMEOUT"]
    ),
    "not provided": Case(ends="service-not-provided", zone=[fed_record("example.org", "0 0 0 .")]),
    "nowhere": Case(ends="no-address", name="nowhere.example:1", neighbour="nowhere.example:2"),
}

IN_A_QUEUE = ["3.3", "redirects", "refresh ahead", "everything ahead", "prefetch", "silent dns", "deadline"]
"""The cases that also run with a limit of 1 while other callers wait; the remaining cases would add nothing."""
