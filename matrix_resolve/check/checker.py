"""The check of a server name: look at everything, then judge.

What is looked at does not depend on what is found on the way: also when the name does not resolve, its well-known and its DNS records say why.
"""

import asyncio

from ..errors import InvalidServerName, ResolveError
from ..resolver import ServerNameResolver
from ..routes import MAX_TARGETS
from ..server_name import ServerName
from ..values import Resolution
from .dns_desk import DnsDesk
from .evidence import Evidence, WellKnownProbe
from .judgement import judge
from .report import CheckReport
from .target_probe import probe_target
from .well_known_probe import probe_well_knowns

TIMEOUT = 8.0
"""Seconds for one connection, and for one request."""


async def check(resolver: ServerNameResolver, server_name: str, *, timeout: float = TIMEOUT) -> CheckReport:  # noqa: ASYNC109 - of each request, not of the whole
    """Look at everything that other servers meet when they look for *server_name*, and say what is wrong.

    Args:
        resolver: Resolves the name, past every cache; its backends, policy and TLS context are used for everything.
        server_name: The Matrix server name. That it is none is a finding, not an error.
        timeout: Seconds for each connection and each request to a target.

    Returns:
        The verdict, the findings, and all that was seen.

    Raises:
        RuntimeError: If the resolver is closed.
    """
    evidence = await _look(resolver, server_name, timeout)
    verdict, findings = judge(evidence)
    return CheckReport(server_name, verdict, findings, evidence)


async def _look(resolver: ServerNameResolver, server_name: str, seconds: float) -> Evidence:
    made = resolver.materials
    try:
        name = ServerName.parse(server_name)
    except InvalidServerName as error:
        return Evidence(server_name=None, checked_at=made.clock(), error=error)
    found, desk = await _resolve(resolver, name), DnsDesk(made.dns, made.policy)
    targets = found.targets if isinstance(found, Resolution) else ()
    async with asyncio.TaskGroup() as group:
        probes = [group.create_task(probe_target(resolver, target, seconds)) for target in targets[:MAX_TARGETS]]
        well_knowns = group.create_task(_look_at_delegation(resolver, name, desk))
    refusal = made.address_policy.refusal
    judged = {ip: refusal(ip) for reply in desk.replies for ip in reply.records}
    return Evidence(
        server_name=name,
        checked_at=made.clock(),
        resolution=found if isinstance(found, Resolution) else None,
        error=found if isinstance(found, ResolveError) else None,
        dns=desk.replies,
        well_knowns=well_knowns.result(),
        targets=tuple(probe.result() for probe in probes),
        untried=len(targets[MAX_TARGETS:]),
        is_overridden=name.lower() in made.overrides,
        refused={ip: rule for ip, rule in judged.items() if rule is not None},
    )


async def _resolve(resolver: ServerNameResolver, name: ServerName) -> Resolution | ResolveError:
    try:
        return await resolver.resolve(name, refresh=True)
    except ResolveError as error:
        return error


async def _look_at_delegation(
    resolver: ServerNameResolver, name: ServerName, desk: DnsDesk
) -> tuple[WellKnownProbe, ...]:
    """Ask for the well-known, and for the records that lead from the name to the machine."""
    if name.dns_name is None:
        return ()
    ips = await desk.addresses(name.dns_name)
    refusal = resolver.materials.address_policy.refusal
    allowed = [ip for ip in ips if refusal(ip) is None] if name.port is None else []
    probes = await probe_well_knowns(resolver, name.dns_name, allowed, desk)
    for followed in {name, *(probe.delegated for probe in probes if probe.delegated is not None)}:
        if followed.dns_name is not None:
            await desk.addresses(followed.dns_name)
            if followed.port is None:
                await desk.srv(followed.dns_name)
    return probes
