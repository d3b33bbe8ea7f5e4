"""Starts to resolve honest names at fixed intervals, measures how long each takes, and checks its answer."""

import asyncio
from collections import Counter
from time import perf_counter

import attrs

from matrix_resolve import LookupFailed, Resolution, ResolveError, ServerNameResolver

from .names import WEB_HOST, delegated_host, name_of

INTERVAL = 0.05  # seconds from one name to the next


@attrs.define
class HonestNames:
    """The results of honest names.

    Attributes:
        waits: Seconds from the moment at which each name was due, including names that failed.
        wrong: A sentence for each wrong answer; "does not exist" is a wrong answer.
        errors: Temporary errors, by code.
        unresolved: How many names took longer than the given patience.
    """

    waits: list[float] = attrs.field(factory=list[float])
    wrong: list[str] = attrs.field(factory=list[str])
    errors: Counter[str] = attrs.field(factory=Counter[str])
    unresolved: int = 0


async def resolve_honest_names(resolver: ServerNameResolver, seconds: float, patience: float) -> HonestNames:
    """Start to resolve a new name every `INTERVAL` seconds.

    Args:
        resolver: A resolver that has none of the names in its cache.
        seconds: How long new names are started.
        patience: Longest wait for a name, in seconds.

    Returns:
        The results of all names.
    """
    results, began = HonestNames(), perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds / INTERVAL)):
            due = began + number * INTERVAL
            await asyncio.sleep(max(0.0, due - perf_counter()))
            group.create_task(_resolve(resolver, name_of("honest", number), due, patience, results))
    return results


async def _resolve(resolver: ServerNameResolver, name: str, due: float, patience: float, results: HonestNames) -> None:
    try:
        async with asyncio.timeout(due + patience - perf_counter()):
            resolution = await resolver.resolve(name)
    except TimeoutError:
        results.unresolved += 1
    except LookupFailed as error:
        results.errors[error.code] += 1
    except ResolveError as error:
        results.wrong.append(f"{name}: {error.code}")
    else:
        results.wrong += what_is_wrong(resolution)
    results.waits.append(perf_counter() - due)


def what_is_wrong(resolution: Resolution) -> list[str]:
    """Return a sentence if *resolution* is not the delegation to host and port of an honest name."""
    host = delegated_host(resolution.server_name)
    got = {(one.ip, one.port, one.host_header, one.tls_server_name) for one in resolution.targets}
    if resolution.step == "3.2" and got == {(ip, 443, f"{host}:443", host) for ip in WEB_HOST}:
        return []
    where = ", ".join(f"{target.ip} port {target.port}" for target in resolution.targets)
    return [f"{resolution.server_name}: step {resolution.step}, {where}"]
