"""Implement a bot's command that says where a server is: ``!where example.org``, or ``!where @alice:example.org``.

Without arguments, this runs on loopback. To resolve real names, pass a message.

python examples/where_command.py
python examples/where_command.py '!where matrix.org'
"""

import asyncio
import sys

from matrix_resolve import ResolveError, ServerNameResolver, Step, server_name_from_input
from matrix_resolve.testing import LoopbackFederation

COMMAND = "!where"
HOW = {
    Step.IP_LITERAL: "it is an address",
    Step.EXPLICIT_PORT: "its port is part of its name",
    Step.SRV: "its DNS says so (SRV)",
    Step.DEPRECATED_SRV: "its DNS says so (SRV, in the deprecated form)",
    Step.DEFAULT_PORT: "it says nothing else, so it is the usual port",
}


async def answer(resolver: ServerNameResolver, message: str) -> str | None:
    """Return the bot's answer to a message, or None if the message is not a command for it.

    Args:
        resolver: The bot's only resolver, which it keeps as long as it runs.
        message: A message from a room.
    """
    command, _, about = message.strip().partition(" ")
    if command != COMMAND:
        return None
    if not about.strip():
        return f"Tell me a server, a user or a room alias: {COMMAND} example.org"
    try:
        resolution = await resolver.resolve(server_name_from_input(about))
    except ResolveError as error:
        return f"I cannot find it: {error}."
    delegated = f"it delegates to {resolution.delegated}"
    places = ", ".join(dict.fromkeys(target.endpoint for target in resolution.targets))
    lines = [f"{resolution.server_name} is at {places}: {HOW.get(resolution.step, delegated)}."]
    lines += [f"Note: {warning.message}." for warning in resolution.warnings]
    return "\n".join(lines)


async def on_loopback() -> None:
    """Answer some messages, with a federation on loopback."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("matrix.example.org", port=443)
        federation.well_known("example.org", "matrix.example.org:443")
        federation.server("node.example.com", port=8443, names=["example.com"])
        federation.srv("example.com", "node.example.com", 8443, deprecated=True)
        for message in (
            "hello",
            "!where",
            "!where example.org",
            "!where #room:example.com",
            "!where nowhere.example",
            "!where https://example.org",
        ):
            print(f"> {message}")
            print(await answer(resolver, message))


async def main(messages: list[str]) -> None:
    """Answer *messages*, or some examples on loopback if there are none."""
    if not messages:
        await on_loopback()
        return
    async with ServerNameResolver() as resolver:
        for message in messages:
            print(await answer(resolver, message))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
