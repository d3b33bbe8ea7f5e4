"""Request the well-known document at every address of its host and of the hosts it redirects to: other servers may use any of them."""

import asyncio
from collections.abc import Mapping, Sequence

import attrs

from ..._cache_mode import ANY
from ..._context import StatsCounter
from ..._dns.scope import LookupScope
from ..._notes import ResolutionNotes
from ..._util.ports import HTTPS_PORT
from ..._well_known.client import WellKnownClient, request_slots
from ..._well_known.redirects import authority_of
from ...models import ConnectionTarget, HostAddresses
from ...resolver import ServerNameResolver, config_of
from ...server_name import ip_literal
from ..bounds import (
    MAX_HOP_ADDRESSES,
    MAX_REDIRECTED_ADDRESSES,
    MAX_REDIRECTED_HOSTS,
    MAX_WELL_KNOWN_ADDRESSES,
    Bounds,
    ConnectionsUsedUp,
)
from ..evidence import WellKnownProbe
from ..resolver_facts import reason_of_fetch
from .http import BoundedRequests, RecordingHttp, in_short
from .once import Once
from .recording_dns import RecordingDns
from .tls import TlsProbe, probe_tls

_Pins = Mapping[str, str]


class _Round:
    """A round of requests for the document, each with the addresses of its hosts, and the results so far."""

    def __init__(self, pins: Sequence[_Pins], places: Sequence[str]) -> None:
        self.pins: Sequence[_Pins] = pins
        self.places: Sequence[str] = places
        self.probes: list[WellKnownProbe | None] = [None for _ in pins]

    @property
    def ended(self) -> list[WellKnownProbe]:
        """The results so far, in the order of the addresses."""
        return [probe for probe in self.probes if probe is not None]


class WellKnownSurvey:
    """Requests the document of *hostname* at each address, and at each address of the hosts at the end of redirects.

    Args:
        resolver: Its policy and backends are used.
        hostname: A lower-case DNS name.
        dns: Looks up the addresses of hosts that redirects lead to.
        bounds: The limits of the check; they record what is left out.
    """

    def __init__(self, resolver: ServerNameResolver, hostname: str, dns: RecordingDns, bounds: Bounds) -> None:
        self._resolver = resolver
        self._hostname = hostname
        self._dns = dns
        self._bounds = bounds
        self._http = BoundedRequests(config_of(resolver).http, bounds.well_known)
        self._handshakes: Once[tuple[str, str], TlsProbe] = Once()
        self._first = _Round((), ())
        self._at_ends: dict[str, _Round] = {}

    @property
    def probes(self) -> tuple[WellKnownProbe, ...]:
        """The results so far."""
        by_end = _by_end(self._first.ended, self._hostname)
        again = {host: round_.ended for host, round_ in self._at_ends.items()}
        return tuple(probe for host, led in by_end.items() for probe in again.get(host) or led)

    def leave_out_the_rest(self) -> None:
        """Record the requests that have not ended as left out."""
        for round_ in (self._first, *self._at_ends.values()):
            for place, probe in zip(round_.places, round_.probes, strict=True):
                if probe is None:
                    self._bounds.leave_out("well-known", place, "time")

    async def run(self, ips: Sequence[str]) -> None:
        """Make the requests.

        Args:
            ips: The host's allowed addresses.
        """
        for ip in ips[MAX_WELL_KNOWN_ADDRESSES:]:
            self._bounds.leave_out("well-known", ip, "addresses")
        ips = ips[:MAX_WELL_KNOWN_ADDRESSES]
        self._first = _Round([{self._hostname: ip} for ip in ips], ips)
        await self._ask_all(self._first)
        ends = _by_end(self._first.ended, self._hostname)
        others = [host for host in ends if host != self._hostname]
        for host in others[MAX_REDIRECTED_HOSTS:]:
            self._bounds.leave_out("well-known", host, "hosts")
        async with asyncio.TaskGroup() as group:
            for host in others[:MAX_REDIRECTED_HOSTS]:
                group.create_task(self._ask_at_end(host, [probe.ip for probe in ends[host]]))

    async def _ask_at_end(self, host: str, firsts: Sequence[str]) -> None:
        """Request the document at each address of *host*, through the addresses that redirect there."""
        lasts = [ip for ip in await self._addresses_of(host) if self._refusal(ip) is None]
        for ip in lasts[MAX_REDIRECTED_ADDRESSES:]:
            self._bounds.leave_out("well-known", f"{ip} ({host})", "addresses")
        if len(lasts) > 1:
            pins = _pairs(self._hostname, firsts, host, lasts[:MAX_REDIRECTED_ADDRESSES])
            self._at_ends[host] = _Round(pins, [f"{each[host]} ({host})" for each in pins])
            await self._ask_all(self._at_ends[host])

    async def _ask_all(self, round_: _Round) -> None:
        async with asyncio.TaskGroup() as group:
            for index in range(len(round_.pins)):
                group.create_task(self._ask(round_, index))

    async def _ask(self, round_: _Round, index: int) -> None:
        async with self._bounds.at_once:
            try:
                round_.probes[index] = await self._probe(round_.pins[index])
            except ConnectionsUsedUp:
                self._bounds.leave_out("well-known", round_.places[index], "connections")

    async def _probe(self, pins: _Pins) -> WellKnownProbe:
        config, http = config_of(self._resolver), RecordingHttp(self._http)
        context = attrs.evolve(config.loop_context(), stats=StatsCounter())
        slots = request_slots(config.policy)
        client = WellKnownClient(_PinnedHosts(self, pins), http, config.headers, context, slots)
        result = await client.fetch(self._hostname, LookupScope(ResolutionNotes(), ANY))
        if http.is_cut_short:
            raise ConnectionsUsedUp
        exchanges = (*map(in_short, http.exchanges[:-1]), *http.exchanges[-1:])
        ip = pins[self._hostname]
        detail, reason = str(result.reason or ""), reason_of_fetch(result)
        probe = WellKnownProbe(ip, result.kind, result.delegated, result.lifetime, detail, exchanges, reason=reason)
        last = probe.last
        if last is None or not last.ip or (probe.trouble is None and probe.delegated is None):
            return probe
        tls = await self._handshakes.get((last.url.split("/")[2], last.ip), lambda: self._handshake(last.url, last.ip))
        return attrs.evolve(probe, certificate=tls.certificate, accepts_dhe=tls.accepts_dhe)

    async def pinned_addresses(self, host: str, pins: _Pins) -> HostAddresses:
        """Return the one address to which a host is pinned, or the first addresses of any other host."""
        ips = [pins[host]] if host in pins else await self._addresses_of(host)
        judged = [(each, self._refusal(each)) for each in ips]
        return HostAddresses(
            ips=_one_of_each_family([each for each, rule in judged if rule is None]),
            refused=tuple((each, rule) for each, rule in judged if rule is not None),
            expires_at=config_of(self._resolver).clock(),
        )

    async def _addresses_of(self, host: str) -> Sequence[str]:
        literal = ip_literal(host)
        return await self._dns.addresses(host) if literal is None else (literal,)

    def _refusal(self, ip: str) -> str | None:
        return config_of(self._resolver).address_policy.refusal(ip)

    async def _handshake(self, url: str, ip: str) -> TlsProbe:
        authority, budget = authority_of(url), self._bounds.well_known
        host, port = authority.tls_server_name, authority.port or HTTPS_PORT
        target = ConnectionTarget(ip, port, str(authority), host, dns_name=authority.dns_name)
        budget.take()
        seconds = config_of(self._resolver).policy.well_known_connect_timeout
        return await probe_tls(self._resolver, target, seconds, self._bounds, budget)


@attrs.frozen
class _PinnedHosts:
    """The addresses of hosts for one request."""

    survey: WellKnownSurvey
    pins: _Pins

    async def addresses(self, host: str, scope: LookupScope) -> HostAddresses:  # noqa: ARG002 - part of the contract
        """Return the addresses at which to request the document."""
        return await self.survey.pinned_addresses(host, self.pins)


def _by_end(probes: Sequence[WellKnownProbe], hostname: str) -> dict[str, list[WellKnownProbe]]:
    """Return *probes* by the host of their last hop."""
    by_end: dict[str, list[WellKnownProbe]] = {}
    for probe in probes:
        host = authority_of(probe.last.url).tls_server_name if probe.last else hostname
        by_end.setdefault(host, []).append(probe)
    return by_end


def _pairs(hostname: str, firsts: Sequence[str], host: str, lasts: Sequence[str]) -> list[_Pins]:
    """Pair the addresses of two hosts so that each address occurs, with as few pairs as possible."""
    count = max(len(firsts), len(lasts))
    return [{hostname: firsts[each % len(firsts)], host: lasts[each % len(lasts)]} for each in range(count)]


def _one_of_each_family(ips: Sequence[str]) -> tuple[str, ...]:
    """Return the first addresses, with both families if the host has both."""
    others = [ip for ip in ips if (":" in ip) != (":" in ips[0])]
    return tuple([ips[0], *others, *ips[1:]][:MAX_HOP_ADDRESSES]) if ips else ()
