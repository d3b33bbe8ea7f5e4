"""Gather the evidence about one server name, within the limits of a check.

The well-known document and the DNS records are fetched even if the name does not resolve, because they show why.
"""

import asyncio
from collections.abc import Sequence

from ..._connect.routes import MAX_TARGETS
from ...errors import LookupFailed, ResolveError
from ...models import ConnectionTarget, Resolution
from ...resolver import ServerNameResolver, config_of
from ...server_name import ServerName
from ..bounds import MAX_DELEGATED_NAMES, TARGET_CONNECTIONS, Bounds, ConnectionsUsedUp
from ..evidence import CONTROL, Evidence, TargetProbe
from .recording_dns import RecordingDns
from .resolve_uncached import resolve_uncached
from .target import probe_target
from .well_known import WellKnownSurvey


class EvidenceCollector:
    """Checks everything that other servers encounter when they resolve *name* and connect to it.

    Args:
        resolver: Its backends, policy and TLS context are used.
        name: The server name.
        bounds: The limits.
    """

    def __init__(self, resolver: ServerNameResolver, name: ServerName, bounds: Bounds) -> None:
        made = config_of(resolver)
        self._resolver = resolver
        self._name = name
        self._bounds = bounds
        self._dns = RecordingDns(made.dns, made.policy, bounds)
        self._survey = WellKnownSurvey(resolver, name.dns_name or "", self._dns, bounds)
        self._found: Resolution | ResolveError | None = None
        self._targets: Sequence[ConnectionTarget] = ()
        self._probes: dict[int, TargetProbe] = {}

    async def collect(self, seconds: float) -> Evidence:
        """Return the evidence when it is complete, or as it is after *seconds*."""
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                await self._resolve(seconds / 2)
                await self._look()
        except TimeoutError:
            if not deadline.expired():
                raise
            self._leave_out_the_rest()
        return self._evidence()

    async def _resolve(self, seconds: float) -> None:
        """Resolve the name, with a timeout that leaves time to find out what is slow."""
        try:
            async with asyncio.timeout(seconds):
                self._found = await resolve_uncached(config_of(self._resolver), self._name)
        except TimeoutError:
            self._bounds.leave_out("resolution", str(self._name), "time")
        if isinstance(self._found, Resolution):
            self._targets = self._found.targets[:MAX_TARGETS]

    async def _look(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_at_targets())
            group.create_task(self._look_at_delegation())
        if isinstance(self._found, LookupFailed) and all(reply.failure for reply in self._dns.replies):
            await self._dns.ask(CONTROL, "A")  # this query shows whose name servers fail

    def _leave_out_the_rest(self) -> None:
        for number, target in enumerate(self._targets):
            if number not in self._probes:
                self._bounds.leave_out("target", target.endpoint, "time")
        self._survey.leave_out_the_rest()
        for question in self._dns.unanswered:
            self._bounds.leave_out("dns", question, "time")

    async def _look_at_targets(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number, target in enumerate(self._targets):
                group.create_task(self._look_at_target(number, target))

    async def _look_at_target(self, number: int, target: ConnectionTarget) -> None:
        try:
            # Taken before waiting, so that the first targets get the connections.
            self._bounds.connections.take(TARGET_CONNECTIONS)
            async with self._bounds.at_once:
                self._probes[number] = await probe_target(self._resolver, target, self._bounds)
        except ConnectionsUsedUp:
            self._bounds.leave_out("target", target.endpoint, "connections")

    async def _look_at_delegation(self) -> None:
        """Fetch the well-known document, and query the DNS records that lead from the name to the machine."""
        name = self._name
        if name.dns_name is None:
            return
        refusal = config_of(self._resolver).address_policy.refusal
        ips = await self._dns.addresses(name.dns_name)
        await self._survey.run([ip for ip in ips if refusal(ip) is None] if name.port is None else [])
        probes = self._survey.probes
        names = dict.fromkeys([name, *(probe.delegated for probe in probes if probe.delegated is not None)])
        delegated = [each for each in names if each != name]
        for each in delegated[MAX_DELEGATED_NAMES:]:
            self._bounds.leave_out("dns", str(each), "names")
        async with asyncio.TaskGroup() as group:
            for each in (name, *delegated[:MAX_DELEGATED_NAMES]):
                group.create_task(self._look_up(each))

    async def _look_up(self, name: ServerName) -> None:
        if name.dns_name is None:
            return
        await self._dns.addresses(name.dns_name)
        if name.port is None:
            await self._dns.srv(name.dns_name)

    def _evidence(self) -> Evidence:
        made, found = config_of(self._resolver), self._found
        return Evidence(
            server_name=self._name,
            checked_at=made.clock.wall(),
            resolution=found if isinstance(found, Resolution) else None,
            error=found if isinstance(found, ResolveError) else None,
            dns=self._dns.replies,
            well_knowns=self._survey.probes,
            targets=tuple(probe for _, probe in sorted(self._probes.items())),
            untried=max(0, len(found.targets) - MAX_TARGETS) if isinstance(found, Resolution) else 0,
            is_overridden=self._is_overridden(),
            refused=self._refused(),
            left_out=tuple(self._bounds.left_out.values()),
        )

    def _is_overridden(self) -> bool:
        """Return whether overrides determine where the name leads. If time ran out, only the name itself is known."""
        made, found = config_of(self._resolver), self._found
        if found is not None:
            return bool(found.overrides)
        return self._name.lower() in made.overrides or self._name.dns_name in made.host_overrides

    def _refused(self) -> dict[str, str]:
        refusal = config_of(self._resolver).address_policy.refusal
        judged = {ip: refusal(ip) for reply in self._dns.replies for ip in reply.records}
        return {ip: rule for ip, rule in judged.items() if rule is not None}
