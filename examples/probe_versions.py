"""Ask a list of servers which software they run, many at a time, with a progress bar on the terminal.

This needs ``pip install rich``. Without arguments, the servers run on loopback. To ask real servers, pass their names.

python examples/probe_versions.py
python examples/probe_versions.py matrix.org mozilla.org
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable

import httpx
from rich.console import Console
from rich.progress import Progress

from matrix_resolve import FederationError, ServerNameResolver
from matrix_resolve.clients.httpx import FederationTransport, federation_request, read_json
from matrix_resolve.testing import LoopbackFederation, Reply

VERSION = "/_matrix/federation/v1/version"
AT_A_TIME = 50


async def software(client: httpx.AsyncClient, server_name: str) -> str:
    """Return which software a server runs, or why it is unknown."""
    try:
        async with client.stream("GET", **federation_request(server_name, VERSION)) as response:
            match await read_json(response):
                case {"server": {"name": str(name), "version": str(version)}}:
                    return f"{name} {version}"
                case _:
                    return f"unknown: HTTP status {response.status_code}, without a version"
    except FederationError as error:
        return f"unknown ({error.code}): {error}"
    except httpx.HTTPError as error:
        return f"unknown: {error}"


async def probe(resolver: ServerNameResolver, names: Iterable[str]) -> AsyncIterator[tuple[str, str]]:
    """Ask all servers, and yield each name and answer as soon as it arrives."""
    limit = asyncio.Semaphore(AT_A_TIME)
    async with httpx.AsyncClient(transport=FederationTransport(resolver), timeout=10.0) as client:

        async def ask(name: str) -> tuple[str, str]:
            async with limit:
                return name, await software(client, name)

        for answer in asyncio.as_completed([ask(name) for name in names]):
            yield await answer


async def show(resolver: ServerNameResolver, names: list[str]) -> None:
    """Show a progress bar if there is a terminal, then print a line for each server."""
    console = Console(stderr=True)
    found = dict[str, str]()
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("Asking", total=len(names))
        async for name, answer in probe(resolver, names):
            found[name] = answer
            bar.advance(task)
    for name in names:
        print(f"{name}: {found[name]}")


async def on_loopback() -> None:
    """Ask the servers of a federation on loopback."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        names = [f"server{number}.example" for number in range(1, 6)]
        for name in names[:3]:
            reply = Reply.json({"server": {"name": "Example", "version": name[6]}})
            federation.server(name).reply(VERSION, reply)
        federation.server(names[1]).reply(VERSION, Reply(status=502, body=b"<html>Bad Gateway</html>"))
        federation.server(names[2]).reply(VERSION, Reply.json({"errcode": "M_UNRECOGNIZED"}, status=404))
        federation.server(names[3], addresses=["198.51.100.99"], certificate="expired")
        await show(resolver, names)


async def main(names: list[str]) -> None:
    """Ask *names*, or servers on loopback if there are no names."""
    if not names:
        await on_loopback()
        return
    async with ServerNameResolver() as resolver:
        await show(resolver, names)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
