"""Many resolutions under faults and cancellations: ``python -m tests.robustness.soak --resolves 500000 --seed 1``.

At ten checkpoints it prints and checks memory, descriptors, tasks, and the sizes of everything that has a limit. The
exit status is 1, with a sentence, if something grew, hung, warned, or led to another server. Waiting takes no time.
"""

import argparse
import asyncio
import gc
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence, Sized
from random import Random
from time import monotonic
from typing import Any

import attrs

from matrix_resolve import DnsBackend, MemoryCache, Resolution, ResolveError, ResolverPolicy, ServerNameResolver
from matrix_resolve._engine.resolution_cache import ResolutionCache
from matrix_resolve.testing import FakeClock
from tests._support.descriptors import open_descriptors
from tests._support.virtual_clock import VirtualClockLoop

from .soak_conditions import short_stacks, traced_memory, warnings_reported_to
from .soak_testbed import Chance, Population, SoakCache, SoakDns, SoakHttp, addresses_of, server_name

CHECKPOINTS = 10
BATCH = 50
MAX_NAMES, MAX_DNS_ANSWERS, MAX_RECORDS, SERVERS = 300, 600, 200, 500
MAX_GROWTH = 512 * 1024
"""Bytes by which memory in the second half may exceed its value at the start of that half.

What is kept is 300 names, 600 DNS answers and 200 records, some 2 MiB, of which the sum varies by chance: a name keeps one resolution or the
16 orderings of an SRV answer, so 300 names vary by about 60 KiB (standard deviation). A leak of only one dictionary entry (100 bytes) in every
fiftieth of 500,000 resolves is as much as the bound.
"""
MAX_SECONDS = 3_600.0


class SoakError(Exception):
    """The soak found a fault. The message says what it is."""


@attrs.frozen(kw_only=True)
class Checkpoint:
    """The sizes of everything while nothing is at work."""

    resolves: int
    seconds: float
    memory: int
    descriptors: int
    tasks: int
    names: int
    fast_answers: int
    failed_targets: int
    dns_answers: int
    records: int
    causes: int
    flights: int

    def check(self, descriptors: int) -> None:
        """Check that all sizes are within their limits.

        Raises:
            SoakError: If one is not.
        """
        bounds = {
            "descriptors": descriptors,
            "tasks": 1,
            "names": MAX_NAMES,
            "fast_answers": self.names,
            "failed_targets": MAX_NAMES,
            "dns_answers": MAX_DNS_ANSWERS,
            "records": MAX_RECORDS,
            "causes": 10,
            "flights": 0,
        }
        for name, bound in bounds.items():
            if getattr(self, name) > bound:
                message = f"after {self.resolves} resolves there are {getattr(self, name)} {name}, more than {bound}"
                raise SoakError(message)


class Soak:
    """A resolver and its callers.

    Args:
        resolves: How many names are resolved.
        seed: The seed of all randomness.
        make_dns: Makes the DNS backend.
    """

    def __init__(self, resolves: int, seed: int, make_dns: Callable[[Chance], DnsBackend] = SoakDns) -> None:
        self.outcomes: Counter[str] = Counter()
        self.checkpoints: list[Checkpoint] = []
        self._resolves = resolves
        self._random = Random(seed)  # noqa: S311 - must be repeatable
        self._clock = FakeClock()
        self._population = Population(SERVERS, self._random)
        self._records = MemoryCache(max_entries=MAX_RECORDS, clock=self._clock)
        self._complaints: list[str] = []
        self._began = monotonic()
        self._made = 0
        chance = Chance(self._random)
        self._resolver = ServerNameResolver(
            dns=make_dns(chance),
            http=SoakHttp(chance),
            cache=SoakCache(self._records, chance),
            policy=ResolverPolicy(
                max_cached_names=MAX_NAMES,
                max_cached_dns_answers=MAX_DNS_ANSWERS,
                max_resolutions=16,
                max_dns_queries=8,
                srv_prefetch_after=0.1,
                cache_cooldown=0.0,  # the cooldown is measured in real seconds, and the soak takes few of them
            ),
            clock=self._clock,
            random=self._random.random,
        )

    async def run(self) -> None:
        """Resolve all names.

        Raises:
            SoakError: If something grew, hung, warned or was wrong.
        """
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.complain(str(context)))
        descriptors = open_descriptors()
        for number in range(1, CHECKPOINTS + 1):
            while self._made < self._resolves * number // CHECKPOINTS:
                await self._batch()
            checkpoint = await self._look()
            self.checkpoints.append(checkpoint)
            print(_line(checkpoint), flush=True)
            checkpoint.check(descriptors)
            self._check_complaints()
        await self._resolver.aclose()
        self._check_growth()

    def complain(self, what: str) -> None:
        """Record something that must not happen."""
        self._complaints.append(what)

    def _check_complaints(self) -> None:
        if self._complaints:
            message = f"{len(self._complaints)} complaints, the first: {self._complaints[0]}"
            raise SoakError(message)
        if monotonic() - self._began > MAX_SECONDS:
            message = f"{self._made} resolves took more than {MAX_SECONDS:g} s"
            raise SoakError(message)

    def _check_growth(self) -> None:
        first, *later = (checkpoint.memory for checkpoint in self.checkpoints[CHECKPOINTS // 2 - 1 :])
        if max(later) - first > MAX_GROWTH:
            message = f"memory grew by {max(later) - first} bytes in the last half, more than {MAX_GROWTH}"
            raise SoakError(message)

    async def _batch(self) -> None:
        """Let some callers resolve at the same time, and cancel some of them."""
        tasks = [asyncio.create_task(self._one()) for _ in range(BATCH)]
        self._made += BATCH
        for task in self._random.sample(tasks, self._random.randrange(BATCH // 4)):
            await asyncio.sleep(self._random.choice((0, 0, 0, 0.05)))
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            self.outcomes["cancelled" if task.cancelled() else task.result()] += 1
        self._clock.advance(3_600 if self._random.random() < 0.001 else self._random.expovariate(10))
        self._population.replace()

    async def _one(self) -> str:
        number = self._population.draw()
        name, dice = server_name(number), self._random.random()
        if dice < 0.02:
            await self._resolver.invalidate(name)
        try:
            resolution = await self._resolver.resolve(name, refresh=dice > 0.97)
        except ResolveError as error:
            return error.code
        self._check_answer(number, resolution)
        if 0.02 < dice < 0.023:
            self._resolver.report_failure(resolution.targets[0])
        return f"step {resolution.step}"

    def _check_answer(self, number: int, resolution: Resolution) -> None:
        for target in resolution.targets:
            if target.ip not in addresses_of(number):
                self.complain(f"{resolution.server_name} leads to {target.ip}, which is another's")

    async def _look(self) -> Checkpoint:
        await asyncio.sleep(60)  # longer than any deadline, so work in the background has ended
        gc.collect()
        inside = _inside(self._resolver)
        engine = _inside(inside["_engine"])
        cache: ResolutionCache = inside["_resolutions"]
        questions = _inside(engine["_dns"])
        delegations = _inside(engine["_delegations"])
        flights: list[Sized] = [engine["_flights"], questions["_flights"], delegations["_flights"]]
        return Checkpoint(
            resolves=self._made,
            seconds=monotonic() - self._began,
            memory=tracemalloc.get_traced_memory()[0],
            descriptors=open_descriptors(),
            tasks=len(asyncio.all_tasks()),
            names=len(cache),
            fast_answers=len(cache.fast_answers),
            failed_targets=len(_inside(cache)["_failed"]),
            dns_answers=len(questions["_answers"]),
            records=len(self._records),
            causes=len(_inside(inside["_config"].failure_log)["_logged_at"]),
            flights=sum(len(flight) for flight in flights),
        )


def soak(resolves: int, seed: int, make_dns: Callable[[Chance], DnsBackend] = SoakDns) -> Soak:
    """Resolve *resolves* names, and print the sizes at each checkpoint.

    Raises:
        SoakError: If something grew, hung, warned or was wrong.
    """
    soaked = Soak(resolves, seed, make_dns)
    with warnings_reported_to(soaked.complain), short_stacks(), traced_memory():
        _run(soaked)
    return soaked


def _run(soaked: Soak) -> None:
    with asyncio.Runner(debug=True, loop_factory=VirtualClockLoop) as runner:
        runner.run(soaked.run())


def _inside(thing: object) -> dict[str, Any]:
    return vars(thing)


def _line(checkpoint: Checkpoint) -> str:
    fields = attrs.asdict(checkpoint) | {"seconds": f"{checkpoint.seconds:.0f}", "memory": f"{checkpoint.memory:_}"}
    return "  ".join(f"{name} {value}" for name, value in fields.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command-line arguments; by default those of the process.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(description="Many resolves under faults and cancellations.")
    parser.add_argument("--resolves", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        soaked = soak(options.resolves, options.seed)
    except SoakError as error:
        print(f"seed {options.seed}: {error}")
        return 1
    print(", ".join(f"{count} {outcome}" for outcome, count in soaked.outcomes.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
