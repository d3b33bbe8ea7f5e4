"""``matrix-resolve serve`` with more connections than file descriptors: healthy clients are served, and the log stays short."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import pytest

from matrix_resolve.publish import WELL_KNOWN_PATH
from tests._support.certificates import client_context
from tests._support.pem_files import PemFiles, issue
from tests._support.plain_http import NAME, ask, request
from tests._support.serve_command import ENDED_WELL, Serving, serving_command

DESCRIPTORS, LIMIT, CLIENTS = 64, 32, 200
ACCESS = f"127.0.0.1 GET {WELL_KNOWN_PATH} 200"
REQUEST = request("GET", WELL_KNOWN_PATH)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> PemFiles:
    return issue(tmp_path_factory.mktemp("pem"), "own")


@attrs.frozen
class ClientBehaviour:
    """What each of many clients does.

    Attributes:
        is_tls: True if the server has a certificate.
        handshake: True if clients make the TLS handshake.
        sends: What clients then send; nothing follows it.
    """

    is_tls: bool
    handshake: bool = False
    sends: bytes = b""


BEHAVIOURS = {
    "silent": ClientBehaviour(is_tls=True),
    "a byte of a handshake": ClientBehaviour(is_tls=True, sends=b"\x16"),
    "silent after the handshake": ClientBehaviour(is_tls=True, handshake=True),
    "half a request": ClientBehaviour(is_tls=True, handshake=True, sends=b"GET / HT"),
    "silent, without TLS": ClientBehaviour(is_tls=False),
    "half a request, without TLS": ClientBehaviour(is_tls=False, sends=b"GET / HT"),
    "a request and then nothing": ClientBehaviour(is_tls=True, handshake=True, sends=REQUEST),
}


@asynccontextmanager
async def _connected(
    serving: Serving, behaviour: ClientBehaviour, number: int
) -> AsyncGenerator["list[asyncio.Task[bytes]]"]:
    """Hold connections open during a block. Each task ends when the server closes its connection."""
    context = client_context() if behaviour.handshake else None
    reading, writers = list["asyncio.Task[bytes]"](), list[asyncio.StreamWriter]()
    for _ in range(number):
        try:
            reader, writer = await asyncio.open_connection(
                *serving.place, ssl=context, server_hostname=NAME if context else None
            )
        except (ConnectionError, ssl.SSLError):
            continue
        reading.append(asyncio.create_task(reader.read()))
        writers.append(writer)
        if behaviour.sends:
            writer.write(behaviour.sends)
    try:
        yield reading
    finally:
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*reading, return_exceptions=True)


@pytest.mark.parametrize("what", BEHAVIOURS)
async def test_many_connections_keep_nobody_from_being_served(pem: PemFiles, what: str) -> None:
    behaviour = BEHAVIOURS[what]
    options, tls = ([f"--cert={pem.both}"], client_context()) if behaviour.is_tls else ([], None)
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(serving_command(*options, descriptors=DESCRIPTORS))
        reading = await stack.enter_async_context(_connected(serving, behaviour, CLIENTS))
        for _ in range(5):
            assert (await ask(serving.place, "GET", WELL_KNOWN_PATH, tls)).status == 200
        await _wait_until(reading, at_most=LIMIT)
        status, printed, complaints = await serving.end()
    lines = printed.splitlines()
    assert (status, complaints) == (0, "")
    assert lines.count(ACCESS) >= 5
    others = [line for line in lines if line != ACCESS]
    assert len(others) == 1
    assert others[0].startswith("failed connections: 1 closed to make room")


async def _wait_until(reading: Sequence["asyncio.Task[bytes]"], *, at_most: int) -> None:
    """Wait until the server has closed all but the given number of connections."""
    while len(reading) > at_most:
        _, pending = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
        reading = list(pending)


async def test_a_server_that_is_not_full_closes_nobody_early() -> None:
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(serving_command(descriptors=DESCRIPTORS))
        reading = await stack.enter_async_context(_connected(serving, ClientBehaviour(is_tls=False), LIMIT - 1))
        assert (await ask(serving.place, "GET", WELL_KNOWN_PATH)).status == 200
        assert await serving.line() == ACCESS
        assert not any(task.done() for task in reading)
        assert await serving.end() == ENDED_WELL
