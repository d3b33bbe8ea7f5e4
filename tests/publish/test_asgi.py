"""The delegation as an ASGI application: called by httpx in this process, and by uvicorn on a real port."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

import httpx
import pytest
import uvicorn

from matrix_resolve.publish import WELL_KNOWN_PATH, Delegation
from matrix_resolve.publish.asgi import AsgiApplication, Receive, Scope, Send, WellKnownApplication
from tests._support.plain_http import Answer, ask

DELEGATION = Delegation("matrix.example.org:443", max_age=600)
HEADERS = {
    "content-type": "application/json",
    "cache-control": "public, max-age=600",
    "content-length": "38",
}
Ask = Callable[[str, str], Awaitable[Answer]]
Message = MutableMapping[str, Any]


@contextlib.asynccontextmanager
async def in_this_process(application: AsgiApplication) -> AsyncGenerator[Ask]:
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://example.org") as client:

        async def ask_it(method: str, path: str) -> Answer:
            response = await client.request(method, path)
            return Answer(response.status_code, dict(response.headers), response.content)

        yield ask_it


@contextlib.asynccontextmanager
async def on_uvicorn(application: AsgiApplication, root_path: str = "") -> AsyncGenerator[Ask]:
    """Serve with lifespan="on": uvicorn then refuses an application that does not support it."""
    listener = socket.create_server(("127.0.0.1", 0))
    place: tuple[str, int] = listener.getsockname()
    config = uvicorn.Config(
        application, lifespan="on", ws="none", log_config=None, root_path=root_path, server_header=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield lambda method, path: ask(place, method, path)
    finally:
        server.should_exit = True
        await serving


async def other(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers with the request that it got."""
    if scope["type"] == "http":
        body = f"{scope['method']} {scope['path']}".encode()
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})
    else:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})


both = pytest.mark.parametrize("served", [in_this_process, on_uvicorn])
Served = Callable[[AsgiApplication], AbstractAsyncContextManager[Ask]]


@both
@pytest.mark.parametrize("otherwise", [None, other])
async def test_get_and_head(served: Served, otherwise: AsgiApplication | None) -> None:
    async with served(WellKnownApplication(DELEGATION, otherwise)) as ask_it:
        got, head = await ask_it("GET", f"{WELL_KNOWN_PATH}?again=1"), await ask_it("HEAD", WELL_KNOWN_PATH)
    assert (got.status, got.body) == (200, DELEGATION.body)
    assert (head.status, head.body) == (200, b"")
    for answer in (got, head):
        assert {name: value for name, value in answer.headers.items() if name not in {"date", "connection"}} == HEADERS


@both
@pytest.mark.parametrize("otherwise", [None, other])
async def test_other_methods_are_refused(served: Served, otherwise: AsgiApplication | None) -> None:
    async with served(WellKnownApplication(DELEGATION, otherwise)) as ask_it:
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            answer = await ask_it(method, WELL_KNOWN_PATH)
            assert (answer.status, answer.headers["allow"], answer.body) == (405, "GET, HEAD", b"")


OTHER_PATHS = ["/", "/.well-known/matrix/client", f"{WELL_KNOWN_PATH}/", f"{WELL_KNOWN_PATH}s", f"/a{WELL_KNOWN_PATH}"]


@both
async def test_other_paths_are_not_there(served: Served) -> None:
    async with served(WellKnownApplication(DELEGATION)) as ask_it:
        for path in OTHER_PATHS:
            answer = await ask_it("GET", path)
            assert (answer.status, answer.headers["content-length"], answer.body) == (404, "0", b"")


@both
async def test_other_paths_go_to_the_other_application(served: Served) -> None:
    async with served(WellKnownApplication(DELEGATION, other)) as ask_it:
        for path in OTHER_PATHS:
            assert (await ask_it("POST", path)).body == f"POST {path}".encode()


def mounted(application: AsgiApplication, at: str, *, takes_off: bool) -> AsgiApplication:
    """Mount it as frameworks do: the prefix is in ``root_path``, and also in ``path`` (ASGI today) or not (older frameworks)."""

    async def framework(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(at):
            path = scope["path"].removeprefix(at) if takes_off else scope["path"]
            await application({**scope, "root_path": at, "path": path}, receive, send)
        else:
            await other(scope, receive, send)

    return framework


@both
@pytest.mark.parametrize("takes_off", [False, True])
@pytest.mark.parametrize("at", ["/.well-known", "/.well-known/matrix"])
async def test_mounted(served: Served, at: str, takes_off: bool) -> None:  # noqa: FBT001 - a column
    async with served(mounted(WellKnownApplication(DELEGATION), at, takes_off=takes_off)) as ask_it:
        assert (await ask_it("GET", WELL_KNOWN_PATH)).body == DELEGATION.body
        assert (await ask_it("GET", f"{at}/matrix/client")).status == 404


async def test_behind_a_proxy_that_takes_a_prefix_off() -> None:
    """Uvicorn puts the prefix of --root-path in front of a path that already has it."""
    async with on_uvicorn(WellKnownApplication(DELEGATION), root_path="/api") as ask_it:
        assert (await ask_it("GET", WELL_KNOWN_PATH)).body == DELEGATION.body
        assert (await ask_it("GET", "/.well-known/matrix/client")).status == 404


async def call(application: AsgiApplication, scope: Scope, *received: str) -> list[Message]:
    """Call the application with exactly these messages."""
    waiting = [{"type": kind} for kind in received]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await application(scope, receive, send)
    assert waiting == []
    return sent


async def test_no_body_is_given_for_head() -> None:
    """A server would drop the body, but ASGI does not require it to."""
    sent = await call(WellKnownApplication(DELEGATION), {"type": "http", "method": "HEAD", "path": WELL_KNOWN_PATH})
    assert [message.get("body") for message in sent] == [None, b""]


async def test_it_starts_and_ends_with_the_server() -> None:
    sent = await call(WellKnownApplication(DELEGATION), {"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown")
    assert sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


@pytest.mark.parametrize("path", ["/", WELL_KNOWN_PATH])
async def test_websockets_are_refused(path: str) -> None:
    sent = await call(WellKnownApplication(DELEGATION), {"type": "websocket", "path": path}, "websocket.connect")
    assert sent == [{"type": "websocket.close"}]


async def test_what_it_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="carrier-pigeon"):
        await call(WellKnownApplication(DELEGATION), {"type": "carrier-pigeon"})


@pytest.mark.parametrize("kind", ["lifespan", "websocket", "carrier-pigeon"])
async def test_the_other_application_gets_all_that_is_not_http(kind: str) -> None:
    seen: list[Scope] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append(scope)

    scope = {"type": kind, "path": WELL_KNOWN_PATH}
    assert await call(WellKnownApplication(DELEGATION, note), scope) == []
    assert seen == [scope]


def test_a_text_is_refused_when_it_is_configured() -> None:
    with pytest.raises(TypeError, match=r"Delegation\('m\.example:443'\), not str"):
        WellKnownApplication(cast("Delegation", "m.example:443"))
