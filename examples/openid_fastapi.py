"""Verify OpenID tokens, as media and call services do: to which Matrix user does the token of a client belong?

uvicorn --app-dir examples --factory openid_fastapi:create_app
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from time import time
from typing import Annotated

import httpx
from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from matrix_resolve import FederationError, InvalidServerName, ServerNameResolver, server_name_of
from matrix_resolve.clients.httpx import FederationTransport, federation_request, read_json

USERINFO = "/_matrix/federation/v1/openid/userinfo"
Text = Annotated[str, Body()]


async def verify(request: Request, access_token: Text, matrix_server_name: Text) -> dict[str, str]:
    """Return the user that the token belongs to. A homeserver can confirm only the tokens of its own users."""
    client: httpx.AsyncClient = request.app.state.client
    try:
        userinfo = federation_request(matrix_server_name, USERINFO, query={"access_token": access_token})
    except InvalidServerName as error:
        raise HTTPException(400, str(error)) from error
    async with client.stream("GET", **userinfo) as response:
        match response.status_code, await read_json(response):
            case 200, {"sub": str(user)} if user[:1] == "@" and server_name_of(user) == matrix_server_name:
                return {"user_id": user}
            case 200 | 401 | 403, _:
                raise HTTPException(403, f"{matrix_server_name} does not confirm the token for one of its users")
            case status, _:
                raise HTTPException(502, f"{matrix_server_name} answers with HTTP status {status}")


async def on_error(_: Request, error: FederationError | httpx.RequestError) -> JSONResponse:
    """Answer 502 for a permanent error. Otherwise answer 503, and say when to try again if that is known."""
    status, headers = 503, dict[str, str]()
    if isinstance(error, FederationError):
        status = 503 if error.is_temporary else 502
        headers = {"Retry-After": str(int(error.retry_at - time()) + 1)} if error.retry_at else {}
    return JSONResponse({"detail": str(error)}, status, headers)


def create_app(make_resolver: Callable[[], ServerNameResolver] = ServerNameResolver) -> FastAPI:
    """Return the service, which has one resolver and one client while it runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with make_resolver() as resolver, httpx.AsyncClient(transport=FederationTransport(resolver)) as client:
            app.state.client = client
            yield

    app = FastAPI(lifespan=lifespan, exception_handlers={FederationError: on_error, httpx.RequestError: on_error})
    app.post("/verify")(verify)
    return app
