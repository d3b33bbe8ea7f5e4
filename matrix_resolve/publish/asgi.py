"""The delegation as an ASGI application, alone or in front of another one."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .._well_known.document import WELL_KNOWN_PATH
from .delegation import Delegation, check_delegation

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


class WellKnownApplication:
    """Answers requests for ``/.well-known/matrix/server``, and passes all others on.

    Args:
        delegation: What is served.
        otherwise: Another ASGI application, such as a Starlette or FastAPI one, which gets everything else; 404 without one.

    Raises:
        TypeError: If *delegation* is none.

    Source:
        ASGI 3.0, HTTP connection scope and lifespan.
    """

    def __init__(self, delegation: Delegation, otherwise: AsgiApplication | None = None) -> None:
        check_delegation(delegation)
        self._delegation = delegation
        self._otherwise = otherwise or _nothing_else

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and _is_for_us(scope):
            await self._answer(scope["method"], send)
        else:
            await self._otherwise(scope, receive, send)

    async def _answer(self, method: str, send: Send) -> None:
        if method not in {"GET", "HEAD"}:
            await _respond(send, 405, {"Allow": "GET, HEAD"}, b"")
        else:
            await _respond(send, 200, self._delegation.headers, self._delegation.body, is_head=method == "HEAD")


def _is_for_us(scope: Scope) -> bool:
    """Say whether the path is ours, by itself or without the place at which we are mounted, which some frameworks take off and some leave on."""
    path: str = scope["path"]
    root_path: str = scope.get("root_path", "")
    return WELL_KNOWN_PATH in {path, root_path + path, path.removeprefix(root_path)}


async def _respond(send: Send, status: int, headers: dict[str, str], body: bytes, *, is_head: bool = False) -> None:
    fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    fields.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if is_head else body})


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 404, refuse websockets, and begin and end when the server does."""
    if scope["type"] == "http":
        await _respond(send, 404, {}, b"")
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
    elif scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    else:
        message = f"an ASGI scope of the type {scope['type']} is none of http, websocket and lifespan"
        raise ValueError(message)  # as ASGI wants it, so that the server does not wait
