"""Run rows with all contenders.

``ADDRESSES=fe80::1 tests/system/namespace.sh python -m tests.backends.parity.run FILE [ROW ...]``. The name servers run
in one process. Each ``resolv.conf`` has another process with its own /etc, in which its rows run at the same time. So
the table takes little more time than its slowest row.
"""

import asyncio
import json
import multiprocessing
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

import attrs

from .mounts import mount_over_etc
from .name_server import ADDRESSES, NameServers
from .resolvers import CONTENDERS, Contender, made, outcome
from .row import Row
from .table import ROWS

_NSSWITCH, _HOSTS = "hosts: files dns\n", "127.0.0.1 localhost\n"
_PATIENCE, _PAUSE = 15, 0.2
_FORK = multiprocessing.get_context("fork")
Outcomes = dict[str, dict[str, str | None]]


@attrs.frozen
class Result:
    """The results of a row.

    Attributes:
        outcomes: The outcome by contender; None if the contender does not support the type.
        seen: The queries of each contender.
    """

    outcomes: dict[str, str | None]
    seen: dict[str, list[str]]


def run(rows: Sequence[Row] = ROWS) -> dict[str, Result]:
    """Run rows with the name servers of the table, and return the results by their IDs."""
    here, there = _FORK.Pipe()
    servers = _FORK.Process(target=_serve, args=(rows, there))
    servers.start()
    here.recv()
    outcomes = run_groups(rows)
    here.send("done")
    seen: dict[tuple[str, str], list[str]] = here.recv()
    servers.join()
    return {
        row.id: Result(outcomes[row.id], {each: seen.get((row.id, each), []) for each in CONTENDERS}) for row in rows
    }


def run_groups(rows: Sequence[Row]) -> Outcomes:
    """Run rows at the same time, with a process for each ``resolv.conf``.

    Returns:
        The outcomes by row and contender.
    """
    by_file: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        by_file[configuration(row), row.resolv_conf_after, row.is_replaced].append(row)
    jobs: list[tuple[ForkProcess, Connection]] = []
    for group in by_file.values():
        receiving, sending = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_run_group, args=(group, sending))
        process.start()
        sending.close()
        jobs.append((process, receiving))
    outcomes: Outcomes = {}
    for process, receiving in jobs:
        outcomes |= receiving.recv()
        process.join()
    return outcomes


def configuration(row: Row) -> str:
    """Return the ``resolv.conf`` of a row."""
    if row.resolv_conf is not None:
        return row.resolv_conf
    return "".join(f"nameserver {ADDRESSES.get(number, '127.0.0.6')}\n" for number in row.servers)


def _serve(rows: Sequence[Row], connection: Connection) -> None:
    async def serve() -> None:
        servers = NameServers(rows)
        async with servers.run():
            connection.send("ready")
            await asyncio.to_thread(connection.recv)
        connection.send(dict(servers.seen))

    asyncio.run(serve())


def _run_group(rows: Sequence[Row], connection: Connection) -> None:
    """Run the rows that share a ``resolv.conf``."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "nsswitch.conf").write_text(_NSSWITCH)
        (directory / "hosts").write_text(_HOSTS)
        text = configuration(rows[0])
        if text:
            (directory / "resolv.conf").write_bytes(text.encode())
        mount_over_etc(directory)
        connection.send(asyncio.run(_run_rows(rows)))


async def _run_rows(rows: Sequence[Row]) -> Outcomes:
    if rows[0].resolv_conf_after is not None:
        return {row.id: await _run_change(row) for row in rows}
    cells = [(row, each) for row in rows for each in CONTENDERS]
    results = await asyncio.gather(*(_run_cell(row, each) for row, each in cells))
    outcomes: Outcomes = defaultdict(dict)
    for (row, each), result in zip(cells, results, strict=True):
        outcomes[row.id][each] = result
    return dict(outcomes)


def _name(pattern: str, row: Row, contender: str) -> str:
    return pattern.replace("@", f"{row.id}--{contender}")


async def _run_cell(row: Row, key: str) -> str | None:
    """Run one row with one contender."""
    contender = made(key)
    try:
        if row.before is not None:
            await outcome(contender, _name(row.before, row, key), row.record_type)
        return await outcome(contender, _name(row.name, row, key), row.record_type)
    finally:
        await contender.aclose()


async def _run_change(row: Row) -> dict[str, str | None]:
    """Look up a name, change the file, and look up more names until an outcome is right or time is up."""
    contenders = {each: made(each) for each in CONTENDERS}
    for key, contender in contenders.items():
        await outcome(contender, _name("before.@.example", row, key), row.record_type)
    _change(Path("/etc/resolv.conf"), row.resolv_conf_after or "", is_replaced=row.is_replaced)
    results = await asyncio.gather(*(_until_right(row, *each) for each in contenders.items()))
    for contender in contenders.values():
        await contender.aclose()
    return dict(zip(contenders, results, strict=True))


def _change(file: Path, text: str, *, is_replaced: bool) -> None:
    new = file.with_suffix(".new") if is_replaced else file
    new.write_text(text)
    new.rename(file)


async def _until_right(row: Row, key: str, contender: Contender) -> str | None:
    result = None
    for number in range(_PATIENCE):
        result = await outcome(contender, _name(f"after{number}.@.example", row, key), row.record_type)
        if result in row.right:
            break
        await asyncio.sleep(_PAUSE)
    return result


def _main(file: str, *ids: str) -> None:
    rows = [row for row in ROWS if not ids or row.id in ids]
    Path(file).write_text(json.dumps({key: attrs.asdict(result) for key, result in run(rows).items()}, indent=1))


if __name__ == "__main__":
    _main(*sys.argv[1:])
