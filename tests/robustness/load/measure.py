"""Runs one scenario: hostile and honest names on one resolver, in a separate process."""

import asyncio
from functools import partial
from typing import Literal

import attrs

from tests._support.processes import start

from .honest_names import HonestNames, resolve_honest_names
from .hostile_names import HostileNames, hostile_names
from .log_lines import counted_log_lines
from .loop_watch import watched_loop
from .names import name_of
from .network import Network
from .resources import Resources, watched_resources
from .scenarios import Scenario
from .testbed import Testbed

LoopName = Literal["asyncio", "uvloop"]


def _new_loop(name: LoopName) -> asyncio.AbstractEventLoop:
    if name == "asyncio":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - needed only for this loop

    return uvloop.new_event_loop()


_WARM_UP = range(1_000_000, 1_000_005)  # numbers of honest names that are not measured
_CLOSING = 0.1  # seconds for transports to close after the resolver


@attrs.frozen(kw_only=True)
class Measured:
    """The results of a scenario.

    Attributes:
        honest: The results of the honest names.
        hostile: How many hostile names were resolved.
        late: The most seconds by which a timer of the event loop was late.
        stop: The most CPU seconds for which the event loop was blocked.
        resources: Memory and descriptors.
        logged: How many lines of level WARNING or higher were logged.
        floods: How many flooding hosts have sent something.
    """

    honest: HonestNames
    hostile: HostileNames
    late: float
    stop: float
    resources: Resources
    logged: int
    floods: int = 0


def measure(testbed: Testbed, scenario: Scenario, loop: LoopName, seconds: float, patience: float) -> Measured:
    """Run *scenario* in a separate process.

    Args:
        testbed: Runs the servers.
        scenario: Which hostile names there are.
        loop: Which event loop to use.
        seconds: How long new honest names are started.
        patience: Longest wait for an honest name, in seconds.

    Returns:
        The results.
    """
    with testbed.floods(scenario.floods) as floods:
        measured = start(_run, floods.network, scenario, loop, seconds, patience).result()
        return attrs.evolve(measured, floods=floods.begun())


def _run(network: Network, scenario: Scenario, loop: LoopName, seconds: float, patience: float) -> Measured:
    with asyncio.Runner(loop_factory=partial(_new_loop, loop)) as runner:
        return runner.run(_resolve_all(network, scenario, seconds, patience))


async def _resolve_all(network: Network, scenario: Scenario, seconds: float, patience: float) -> Measured:
    await _warm_up(network)
    with counted_log_lines() as log, watched_resources() as resources, watched_loop() as watch:
        async with network.resolver() as resolver, hostile_names(resolver, scenario.groups) as hostile:
            honest = await resolve_honest_names(resolver, seconds, patience)
            watch.end()  # cancelling thousands of tasks at once also blocks the loop
        await asyncio.sleep(_CLOSING)
    return Measured(
        honest=honest, hostile=hostile, late=watch.late, stop=watch.cpu, resources=resources, logged=log.lines
    )


async def _warm_up(network: Network) -> None:
    """Load all modules and data that resolving needs."""
    async with network.resolver() as resolver:
        await asyncio.gather(*(resolver.resolve(name_of("honest", number)) for number in _WARM_UP))
    await asyncio.sleep(_CLOSING)
