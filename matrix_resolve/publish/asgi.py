"""Serve a delegation from an ASGI application, alone or in front of another application."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from .._well_known.document import WELL_KNOWN_PATH
from .delegation import Delegation, check_delegation

__all__ = ["AsgiApplication", "Receive", "Scope", "Send", "WellKnownApplication"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


class WellKnownApplication:
    """An ASGI application that answers requests for ``/.well-known/matrix/server``, and passes all others to another application.

    Args:
        delegation: The delegation to serve.
        fallback: The ASGI application that gets all other requests, such as one made with Starlette or FastAPI. Without it, they are
            answered with 404.

    Raises:
        TypeError: If *delegation* is not a `Delegation`.

    Source:
        ASGI 3.0, HTTP connection scope and lifespan.
    """

    def __init__(self, delegation: Delegation, fallback: AsgiApplication | None = None) -> None:
        check_delegation(delegation)
        self._delegation = delegation
        self._fallback = fallback or _nothing_else

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        if scope["type"] == "http" and _is_for_us(scope):
            await self._answer(scope["method"], send)
        else:
            await self._fallback(scope, receive, send)

    async def _answer(self, method: str, send: Send) -> None:
        if method not in {"GET", "HEAD"}:
            await _respond(send, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"}, b"")
        else:
            await _respond(
                send, HTTPStatus.OK, self._delegation.headers, self._delegation.body, is_head=method == "HEAD"
            )


def _is_for_us(scope: Scope) -> bool:
    """Return whether the path is that of the document. Only some frameworks remove the mount prefix, so it may be there or not."""
    path: str = scope["path"]
    root_path: str = scope.get("root_path", "")
    return WELL_KNOWN_PATH in {path, root_path + path, path.removeprefix(root_path)}


async def _respond(send: Send, status: int, headers: dict[str, str], body: bytes, *, is_head: bool = False) -> None:
    fields = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    fields.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": int(status), "headers": fields})
    await send({"type": "http.response.body", "body": b"" if is_head else body})


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer HTTP requests with 404, close websockets, and confirm startup and shutdown."""
    if scope["type"] == "http":
        await _respond(send, HTTPStatus.NOT_FOUND, {}, b"")
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
    elif scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    else:
        message = f"an ASGI scope of the type {scope['type']} is not http, websocket or lifespan"
        raise ValueError(message)  # ASGI requires an exception for an unknown scope; the server would wait otherwise
