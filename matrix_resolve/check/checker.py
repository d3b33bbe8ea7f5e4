"""The check of a server name: look at everything, then judge.

What is looked at does not depend on what is found on the way: also when the name does not resolve, its well-known and its DNS records say why.
"""

import asyncio
from collections.abc import Sequence

import attrs

from ..address_policy import AddressPolicy
from ..errors import InvalidServerName, LookupFailed, ResolveError
from ..resolver import ServerNameResolver
from ..routes import MAX_TARGETS
from ..server_name import ServerName
from ..values import ConnectionTarget, Resolution
from .anew import resolve_anew
from .dns_desk import DnsDesk
from .evidence import Evidence, Reach, TargetProbe, WellKnownProbe
from .judgement import judge
from .reach import reach_here
from .report import CheckReport
from .target_probe import probe_target
from .unreachable import CONTROL, ip_of
from .well_known_probe import probe_well_knowns

TIMEOUT = 8.0
"""Seconds for one connection, and for one request."""
AT_ONCE = 20
"""Addresses, of which each may have three connections; a machine without any left finds faults that are its own."""


async def check(
    resolver: ServerNameResolver,
    server_name: str,
    *,
    timeout: float = TIMEOUT,  # noqa: ASYNC109 - of each request, not of the whole
    reach: Reach | None = None,
    limit: asyncio.Semaphore | None = None,
) -> CheckReport:
    """Look at everything that other servers meet when they look for *server_name*, and say what is wrong.

    Args:
        resolver: Its backends, policy and TLS context are used for everything. What it has kept is not looked at, and stays as it is.
        server_name: The Matrix server name. That it is none is a finding, not an error.
        timeout: Seconds for each connection and each request to a target.
        reach: Which address families this machine has; by default it is asked, or has both if the resolver has a ``connect_to``.
        limit: Held for each address while it is looked at; to be shared by checks that run at once.

    Returns:
        The verdict, the findings, and all that was seen.

    Raises:
        RuntimeError: If the resolver is closed, or gets closed before the end.
    """
    evidence = await _look(resolver, server_name, timeout, reach, limit or asyncio.Semaphore(AT_ONCE))
    resolver.check_open()  # else what failed is its own end
    verdict, findings = judge(evidence)
    return CheckReport(server_name, verdict, findings, evidence)


async def _look(
    resolver: ServerNameResolver, server_name: str, seconds: float, reach: Reach | None, limit: asyncio.Semaphore
) -> Evidence:
    resolver.check_open()
    try:
        name = ServerName.parse(server_name)
    except InvalidServerName as error:
        return Evidence(server_name=None, checked_at=resolver.materials.clock.wall(), error=error)
    evidence = await _look_for(resolver, name, seconds, limit)
    return attrs.evolve(evidence, reach=reach or _reach(resolver, [*evidence.targets, *evidence.well_knowns]))


async def _look_for(
    resolver: ServerNameResolver, name: ServerName, seconds: float, limit: asyncio.Semaphore
) -> Evidence:
    made = resolver.materials
    found, desk = await resolve_anew(made, name), DnsDesk(made.dns, made.policy)
    targets = found.targets if isinstance(found, Resolution) else ()
    async with asyncio.TaskGroup() as group:
        probing = group.create_task(_look_at_targets(resolver, targets[:MAX_TARGETS], seconds, limit))
        asking = group.create_task(_look_at_delegation(resolver, name, desk, limit))
    if isinstance(found, LookupFailed):
        await _ask_for_another(desk)
    return Evidence(
        server_name=name,
        checked_at=made.clock.wall(),
        resolution=found if isinstance(found, Resolution) else None,
        error=found if isinstance(found, ResolveError) else None,
        dns=desk.replies,
        well_knowns=asking.result(),
        targets=probing.result(),
        untried=len(targets[MAX_TARGETS:]),
        is_overridden=name.lower() in made.overrides,
        refused=_refused(desk, made.address_policy),
    )


def _refused(desk: DnsDesk, policy: AddressPolicy) -> dict[str, str]:
    judged = {ip: policy.refusal(ip) for reply in desk.replies for ip in reply.records}
    return {ip: rule for ip, rule in judged.items() if rule is not None}


async def _look_at_targets(
    resolver: ServerNameResolver, targets: Sequence[ConnectionTarget], seconds: float, limit: asyncio.Semaphore
) -> tuple[TargetProbe, ...]:
    async def probe(target: ConnectionTarget) -> TargetProbe:
        async with limit:
            return await probe_target(resolver, target, seconds)

    async with asyncio.TaskGroup() as group:
        probes = [group.create_task(probe(target)) for target in targets]
    return tuple(probe.result() for probe in probes)


async def _ask_for_another(desk: DnsDesk) -> None:
    """Ask for a name that others look after if nothing was answered, to tell whose name servers fail."""
    if all(reply.failure for reply in desk.replies):
        await desk.ask(CONTROL, "A")


def _reach(resolver: ServerNameResolver, probes: Sequence[TargetProbe | WellKnownProbe]) -> Reach:
    return Reach() if resolver.connect_to is not None else reach_here(map(ip_of, probes))


async def _look_at_delegation(
    resolver: ServerNameResolver, name: ServerName, desk: DnsDesk, limit: asyncio.Semaphore
) -> tuple[WellKnownProbe, ...]:
    """Ask for the well-known, and for the records that lead from the name to the machine."""
    if name.dns_name is None:
        return ()
    ips = await desk.addresses(name.dns_name)
    refusal = resolver.materials.address_policy.refusal
    allowed = [ip for ip in ips if refusal(ip) is None] if name.port is None else []
    probes = await probe_well_knowns(resolver, name.dns_name, allowed, desk, limit)
    for followed in {name, *(probe.delegated for probe in probes if probe.delegated is not None)}:
        if followed.dns_name is not None:
            await desk.addresses(followed.dns_name)
            if followed.port is None:
                await desk.srv(followed.dns_name)
    return probes
