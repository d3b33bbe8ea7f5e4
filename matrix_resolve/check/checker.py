"""Check a server name: gather the evidence, then evaluate it."""

import asyncio
from collections.abc import Sequence

import attrs

from ..errors import InvalidServerName
from ..resolver import ServerNameResolver, config_of, raise_if_closed
from ..server_name import ServerName
from ._probes.address_families import reach_here
from ._probes.collector import EvidenceCollector
from ._rules.evaluate import evaluate
from ._rules.unreachable import ip_of
from ._text.make_finding import make_finding
from .bounds import MAX_CONNECTIONS, REQUEST_TIMEOUT, TIMEOUT, Bounds, refuse_no_time
from .evidence import AddressFamilies, Evidence, TargetProbe, WellKnownProbe
from .report import CheckReport


async def check_server(
    resolver: ServerNameResolver,
    server_name: str,
    *,
    timeout: float = TIMEOUT,  # noqa: ASYNC109 - at the timeout, what is known is evaluated; a timeout of the caller would discard it
    request_timeout: float = REQUEST_TIMEOUT,
    max_connections: int = MAX_CONNECTIONS,
    address_families: AddressFamilies | None = None,
    limit: asyncio.Semaphore | None = None,
) -> CheckReport:
    """Check everything that other servers encounter when they look for *server_name*, and report what is wrong.

    Args:
        resolver: Its backends, policy and TLS context are used for everything. Its cache is neither used nor changed.
        server_name: The Matrix server name. If it is not valid, that is a finding, not an error.
        timeout: Seconds for the whole check. When they are over, the report covers what was checked, and lists what was not.
        request_timeout: Seconds for each connection and each request to a target.
        max_connections: The largest number of connections that are opened; the resolution may use 20 of them.
        address_families: Which address families this machine has. Detected by default; both are assumed if the resolver has a ``connect_to``.
        limit: Limits how many addresses are checked at the same time, 20 by default. Several checks may share it.

    Returns:
        The verdict, the findings and the evidence.

    Raises:
        TypeError: If a timeout or *max_connections* is not a number.
        ValueError: If a timeout is not above 0, or *max_connections* is below 20.
        RuntimeError: If the resolver is closed, or is closed before the check ends.
    """
    refuse_no_time("timeout", timeout)
    bounds = Bounds.of(request_timeout=request_timeout, max_connections=max_connections, at_once=limit)
    evidence = await _look(resolver, server_name, timeout, address_families, bounds)
    raise_if_closed(resolver)  # otherwise the failure comes from closing the resolver
    verdict, faults = evaluate(evidence)
    return CheckReport(server_name, verdict, tuple(map(make_finding, faults)), evidence)


async def _look(
    resolver: ServerNameResolver, server_name: str, seconds: float, families: AddressFamilies | None, bounds: Bounds
) -> Evidence:
    raise_if_closed(resolver)
    try:
        name = ServerName.parse(server_name)
    except InvalidServerName as error:
        return Evidence(server_name=None, checked_at=config_of(resolver).clock.wall(), error=error)
    evidence = await EvidenceCollector(resolver, name, bounds).collect(seconds)
    return attrs.evolve(evidence, reach=families or _reach(resolver, [*evidence.targets, *evidence.well_knowns]))


def _reach(resolver: ServerNameResolver, probes: Sequence[TargetProbe | WellKnownProbe]) -> AddressFamilies:
    return AddressFamilies() if resolver.connect_to is not None else reach_here(map(ip_of, probes))
