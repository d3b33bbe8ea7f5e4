"""Send a transaction (without a signature) to thousands of servers, with a cache in Redis that the workers share.

python examples/fan_out.py /run/redis/redis.sock < server-names.txt
"""

import asyncio
import sys
from collections.abc import Sequence
from time import time

import aiohttp
from redis.asyncio import Redis

from matrix_resolve import FederationError, RedisCache, ServerNameResolver
from matrix_resolve.clients.aiohttp import federation_session, federation_url, read_json

TRANSACTION = {"origin": "example.org", "origin_server_ts": 0, "pdus": list[object]()}
TEMPORARY = {429, *range(500, 600)}  # HTTP statuses
PAUSES = (10.0, 60.0, 300.0)  # seconds before each retry, if the error does not say when to try again


async def send(session: aiohttp.ClientSession, server_name: str) -> tuple[str, bool, float | None]:
    """Return the HTTP status or the code of the error, whether to try again, and when, if that is known."""
    try:
        url = federation_url(server_name, "/_matrix/federation/v1/send", "1")
        async with session.put(url, json=TRANSACTION) as response:
            await read_json(response)
            return f"HTTP {response.status}", response.status in TEMPORARY, None
    except FederationError as error:
        return error.code, error.is_temporary, error.retry_at
    except (aiohttp.ClientError, TimeoutError):
        return "interrupted", True, None


async def send_to_all(resolver: ServerNameResolver, names: list[str], pauses: Sequence[float]) -> dict[str, str]:
    """Return the last result of each server. After temporary errors, try again as often as there are *pauses*."""
    limit = asyncio.Semaphore(100)

    async def deliver(server_name: str, session: aiohttp.ClientSession, pauses: Sequence[float]) -> str:
        async with limit:
            result, may_help, retry_at = await send(session, server_name)
        if not (may_help and pauses):
            return result
        await asyncio.sleep(retry_at - time() if retry_at else pauses[0])
        return await deliver(server_name, session, pauses[1:])

    async with federation_session(resolver) as session, asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(deliver(name, session, pauses)) for name in names}
    return {name: task.result() for name, task in tasks.items()}


async def main(socket: str, names: list[str]) -> None:
    """Send to all *names*, and print the result of each."""
    async with Redis(unix_socket_path=socket) as client, ServerNameResolver(cache=RedisCache(client)) as resolver:
        for name, result in (await send_to_all(resolver, names, PAUSES)).items():
            print(name, result)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.stdin.read().split()))
