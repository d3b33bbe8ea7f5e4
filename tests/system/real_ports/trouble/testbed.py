"""Runs all rows at the same time."""

import asyncio
import gc
import time
from collections.abc import Mapping

import attrs

from matrix_resolve import ResolveError, ServerNameResolver
from matrix_resolve.clients.streams import open_connection
from tests._support.certificates import client_context
from tests._support.descriptors import open_descriptors

from .name_server import name_server
from .outcome import Outcome
from .row import Row
from .web_servers import WebServers


async def _run(outcome: Outcome, turn: asyncio.Semaphore) -> None:
    async with turn:
        web = WebServers(outcome)
        await web.start()
        try:
            async with ServerNameResolver(ssl_context=client_context()) as resolver:
                began = time.monotonic()
                try:
                    await _use(resolver, outcome)
                except (ResolveError, OSError) as error:
                    outcome.error = error
                finally:
                    outcome.seconds = time.monotonic() - began
        except Exception as error:  # noqa: BLE001 - the test of the row fails with it
            outcome.strange.append(repr(error))
        finally:
            await web.aclose()


async def _use(resolver: ServerNameResolver, outcome: Outcome) -> None:
    name = outcome.own(outcome.row.name)
    outcome.resolution = await resolver.resolve(name)
    if outcome.row.connects_to is None:
        return
    connection = await open_connection(resolver, name)
    outcome.connected = connection.target.endpoint
    connection.writer.write(f"GET / HTTP/1.1\r\nHost: {connection.target.host_header}\r\n\r\n".encode())
    await connection.reader.readline()
    connection.writer.close()
    await connection.writer.wait_closed()


@attrs.frozen
class Testbed:
    """The outcomes of all rows."""

    __test__ = False  # for pytest

    outcomes: Mapping[str, Outcome]
    stray: list[str]
    noise: list[str]
    left: list[str]


async def run_all(outcomes: Mapping[str, Outcome]) -> Testbed:
    noise: list[str] = []
    stray: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(repr(context)))
    files = open_descriptors()
    turn = asyncio.Semaphore(40)
    slow_first = sorted(outcomes.values(), key=lambda outcome: -_weight(outcome.row))
    async with name_server(slow_first, stray):
        await asyncio.gather(*(_run(outcome, turn) for outcome in slow_first))
    gc.collect()
    await asyncio.sleep(0.1)
    left = [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    files = open_descriptors() - files
    return Testbed(outcomes, stray, noise, [*left, *([f"{files} file descriptors"] if files else [])])


def _weight(row: Row) -> int:
    return bool(row.slow) + sum("TIMEOUT" in line for line in row.zone) + 2 * callable(row.wk) + len(row.at)
