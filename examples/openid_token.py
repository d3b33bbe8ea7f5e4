"""Verify an OpenID token, as a media or call service does to find out which Matrix user it talks to.

A client gets the token from its own homeserver and passes it to the service. The service asks that homeserver which
user the token belongs to.

Without arguments, this runs on loopback. To verify a real token, pass the server name and the token.

python examples/openid_token.py
python examples/openid_token.py matrix.org TOKEN
"""

import asyncio
import sys

import aiohttp

from matrix_resolve import InvalidServerName, ServerNameResolver, server_name_of
from matrix_resolve.clients.aiohttp import UnusableResponse, federation_session, federation_url, read_json
from matrix_resolve.testing import LoopbackFederation, Reply, SeenRequest

USERINFO = "/_matrix/federation/v1/openid/userinfo"
MAX_BYTES = 16_384
TIMEOUT = aiohttp.ClientTimeout(total=20)


class TokenError(Exception):
    """The token is not valid. The message says why."""


async def user_of(session: aiohttp.ClientSession, server_name: str, token: str) -> str:
    """Return the ID of the user that *token* belongs to.

    Args:
        session: A `federation_session`.
        server_name: The client's ``matrix_server_name``.
        token: The client's ``access_token``.

    Raises:
        TokenError: If the homeserver does not know the token, cannot be reached, or returns a user of another server.
    """
    try:
        url = federation_url(server_name, USERINFO, query={"access_token": token})
        async with session.get(url) as response:
            status, answer = response.status, await read_json(response, max_bytes=MAX_BYTES)
    except InvalidServerName as error:
        raise TokenError(str(error)) from error
    except (aiohttp.ClientError, TimeoutError, UnusableResponse) as error:
        raise TokenError(f"the homeserver cannot be asked: {str(error) or 'no answer in time'}") from error
    if status != 200:  # noqa: PLR2004 - an HTTP status
        raise TokenError(f"{server_name} does not know the token: HTTP status {status}")
    try:
        user: str = answer["sub"]
        home = server_name_of(user)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TokenError(f"{server_name} gave no user ID") from error
    if home != server_name:  # exact comparison: any homeserver can claim to have the users of another server
        raise TokenError(f"{server_name} speaks for a user of {home}")
    return user


async def print_owner(session: aiohttp.ClientSession, server_name: str, token: str) -> None:
    """Print which user the token belongs to, or why it is not valid."""
    try:
        print("This is", await user_of(session, server_name, token))
    except TokenError as error:
        print("Refused:", error)


def userinfo(request: SeenRequest) -> Reply:
    """Answer as the homeserver of alice, who has one token."""
    if request.path.endswith("?access_token=alices-token"):
        return Reply.json({"sub": "@alice:example.org"})
    return Reply.json({"errcode": "M_UNKNOWN_TOKEN", "error": "Access token unknown or expired"}, status=401)


async def on_loopback() -> None:
    """Verify tokens in a federation on loopback: example.org delegates, evil.example lies, dead.example is down."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("matrix.example.org", port=443).reply(USERINFO, userinfo)
        federation.well_known("example.org", "matrix.example.org:443")
        federation.server("evil.example").reply(USERINFO, Reply.json({"sub": "@alice:example.org"}))
        federation.server("dead.example", addresses=["198.51.100.99"]).stop()
        async with federation_session(resolver, timeout=TIMEOUT) as session:
            await print_owner(session, "example.org", "alices-token")
            await print_owner(session, "example.org", "forged")
            await print_owner(session, "evil.example", "any")
            await print_owner(session, "dead.example", "any")
            await print_owner(session, "@alice:example.org", "any")


async def main(arguments: list[str]) -> None:
    """Verify the token in *arguments*, or some tokens on loopback if there are no arguments."""
    if not arguments:
        await on_loopback()
        return
    server_name, token = arguments
    async with ServerNameResolver() as resolver, federation_session(resolver, timeout=TIMEOUT) as session:
        await print_owner(session, server_name, token)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
