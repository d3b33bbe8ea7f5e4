"""Answer a person who types a server name or a user ID to a bot: does the server work, and which software does it run?

python examples/bot_helper.py matrix.org @alice:example.org
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp

from matrix_resolve import FederationError, InvalidServerName, ServerNameResolver, server_name_from_input
from matrix_resolve.clients.aiohttp import federation_session, federation_url, read_json

VERSION = "/_matrix/federation/v1/version"


async def answer(session: aiohttp.ClientSession, text: str) -> str:
    """Return one sentence about the server that *text* names."""
    try:
        return await software(session, server_name_from_input(text))
    except InvalidServerName as error:
        hint = f"did you mean {error.suggestion}?" if error.suggestion else "try one like example.org."
        return f"{text!r} is not a server name or user ID; {hint}"
    except FederationError as error:
        return failure(error)
    except (aiohttp.ClientError, TimeoutError):
        return "The server did not answer completely; try again in a few minutes."


async def software(session: aiohttp.ClientSession, server_name: str) -> str:
    """Return one sentence with the version of a server."""
    async with session.get(federation_url(server_name, VERSION)) as response:
        match await read_json(response):
            case {"server": {"name": str(name), "version": str(version)}}:
                return f"{server_name} runs {name:.50} {version:.50}."
            case _:
                return f"{server_name} answers with HTTP status {response.status}, but not with its version."


def failure(error: FederationError) -> str:
    """Return one sentence that says whether to try again, and when."""
    if not error.is_temporary:
        return f"{error.server_name} cannot be asked, and trying again will not help ({error.code})."
    when = f"at {datetime.fromtimestamp(error.retry_at, UTC):%H:%M:%S} UTC" if error.retry_at else "in a few minutes"
    return f"{error.server_name} cannot be asked now ({error.code}); try again {when}."


async def main(texts: list[str], make_resolver: Callable[[], ServerNameResolver] = ServerNameResolver) -> None:
    """Answer each of *texts*."""
    async with make_resolver() as resolver, federation_session(resolver) as session:
        for text in texts:
            print(await answer(session, text))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
