"""The longer examples run against real components: a federation on loopback, uvicorn and redis-server."""

import asyncio
import json
import os
import runpy
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from redis.asyncio import Redis

from matrix_resolve import RedisCache, ResolverPolicy
from matrix_resolve.testing import FakeClock, LoopbackFederation, Reply, SeenRequest
from tests._support.redis_server import PROGRAM, RedisServer

EXAMPLES = Path(__file__).parents[2] / "examples"
NOON = 1_800_014_400.0  # 12:00:00 UTC on some day
ALICES = "a&b"
USERINFO = "/_matrix/federation/v1/openid/userinfo"
SEND = "/_matrix/federation/v1/send/*"
DESTINATIONS = int(os.environ.get("FAN_OUT_DESTINATIONS", "300"))  # each costs two TLS handshakes and two DNS queries
needs_redis = pytest.mark.skipif(PROGRAM is None, reason="needs redis-server")


def names_of(example: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{example}.py"))


def test_they_are_short_and_need_no_tricks() -> None:
    for example in ("bot_helper", "openid_fastapi", "fan_out"):
        text = (EXAMPLES / f"{example}.py").read_text()
        assert len(text.splitlines()) <= 60
        assert not [trick for trick in ("__cause__", "cast", "ignore", "noqa") if trick in text]


ANSWERS = {
    "example.org": "example.org runs Synapse 1.150.",
    " @alice:example.org ": "example.org runs Synapse 1.150.",
    "https://example.org/": "'https://example.org/' is not a server name or user ID; did you mean example.org?",
    "": "'' is not a server name or user ID; try one like example.org.",
    "flaky.example": "flaky.example cannot be asked now (dns-temporary); try again at 12:00:05 UTC.",
    "down.example": "down.example cannot be asked now (connect-failed); try again in a few minutes.",
    "restarting.example": "restarting.example cannot be asked now (response-not-json); try again in a few minutes.",
    "nowhere.example": "nowhere.example cannot be asked, and trying again will not help (no-address).",
    "expired.example": "expired.example cannot be asked, and trying again will not help (connect-failed).",
    "shy.example": "shy.example answers with HTTP status 404, but not with its version.",
    "broken.example": "The server did not answer completely; try again in a few minutes.",
}


def test_the_bot_helper_answers_in_one_sentence(
    matrix_federation: LoopbackFederation, capsys: pytest.CaptureFixture[str]
) -> None:
    version, federation = "/_matrix/federation/v1/version", matrix_federation
    synapse = Reply.json({"server": {"name": "Synapse", "version": "1.150"}})
    federation.server("matrix.example.org", port=443).reply(version, synapse)
    federation.well_known("example.org", "matrix.example.org:443")
    federation.zone.fail("_matrix-fed._tcp.flaky.example", "SRV", "SERVFAIL")
    for record_type in ("A", "AAAA"):
        federation.zone.fail("flaky.example", record_type, "SERVFAIL")
    federation.server("down.example").stop()
    federation.server("restarting.example").reply(version, Reply(status=502, body=b"<html>"))
    federation.server("expired.example", certificate="expired")
    federation.server("shy.example").reply(version, Reply.json({"errcode": "M_UNRECOGNIZED"}, status=404))
    federation.server("broken.example").reply(version, Reply(body=b"{" * 100, cut_after=10))
    make_resolver = partial(federation.resolver, clock=FakeClock(NOON))
    asyncio.run(names_of("bot_helper")["main"](list(ANSWERS), make_resolver))
    assert capsys.readouterr().out.splitlines() == list(ANSWERS.values())


@asynccontextmanager
async def verifier(federation: LoopbackFederation) -> AsyncGenerator[httpx.AsyncClient]:
    """Serve the OpenID verifier on a real port, and yield a client for it."""
    listener = socket.create_server(("127.0.0.1", 0))
    create_app = names_of("openid_fastapi")["create_app"]
    server = uvicorn.Server(uvicorn.Config(create_app(federation.resolver), lifespan="on", ws="none", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            yield client
    finally:
        server.should_exit = True
        await serving


async def verified(client: httpx.AsyncClient, server_name: str, token: str = ALICES) -> httpx.Response:
    return await client.post("/verify", json={"access_token": token, "matrix_server_name": server_name})


def userinfo(request: SeenRequest) -> Reply:
    """Answer as the homeserver of alice, who has the token ``a&b``."""
    if request.path.endswith("?access_token=a%26b"):
        return Reply.json({"sub": "@alice:example.org"})
    return Reply.json({"errcode": "M_UNKNOWN_TOKEN", "error": "Access token unknown or expired"}, status=401)


async def test_the_openid_verifier_returns_the_user(matrix_federation: LoopbackFederation) -> None:
    matrix_federation.server("matrix.example.org", port=443).reply(USERINFO, userinfo)
    matrix_federation.well_known("example.org", "matrix.example.org:443")
    async with verifier(matrix_federation) as client:
        response = await verified(client, "example.org")
        assert (response.status_code, response.json()) == (200, {"user_id": "@alice:example.org"})
        assert (await verified(client, "example.org", "forged")).status_code == 403


@pytest.mark.parametrize(
    ("user", "status"),
    [("@alice:example.org", 403), ("#alice:evil.example", 403), ("alice", 403), ("@alice", 502), (7, 403), (None, 403)],
)
async def test_a_homeserver_speaks_only_for_its_own_users(
    matrix_federation: LoopbackFederation, user: object, status: int
) -> None:
    matrix_federation.server("evil.example").reply(USERINFO, Reply.json({"sub": user}))
    async with verifier(matrix_federation) as client:
        response = await verified(client, "evil.example")
    assert response.status_code == status
    assert "user_id" not in response.json()


@pytest.mark.parametrize(
    ("server_name", "status", "may_wait"),
    [
        ("@alice:example.org", 400, False),
        ("nowhere.example", 502, True),
        ("expired.example", 502, False),
        ("empty.example", 502, False),
        ("old.example", 502, False),
        ("flaky.example", 503, True),
        ("down.example", 503, False),
        ("restarting.example", 503, False),
        ("broken.example", 503, False),
    ],
)
async def test_the_openid_verifier_says_whether_to_try_again(
    matrix_federation: LoopbackFederation,
    server_name: str,
    status: int,
    may_wait: bool,  # noqa: FBT001 - a column of the table
) -> None:
    matrix_federation.server("expired.example", certificate="expired")
    matrix_federation.server("empty.example").reply(USERINFO, Reply(body=b""))
    matrix_federation.server("old.example")
    for record_type in ("A", "AAAA"):
        matrix_federation.zone.fail("flaky.example", record_type, "SERVFAIL")
    matrix_federation.server("down.example").stop()
    matrix_federation.server("restarting.example").reply(USERINFO, Reply(status=502, body=b"<html>"))
    matrix_federation.server("broken.example").reply(USERINFO, Reply(body=b"{" * 100, cut_after=10))
    async with verifier(matrix_federation) as client:
        response = await verified(client, server_name)
    assert (response.status_code, "Retry-After" in response.headers) == (status, may_wait)
    assert not may_wait or 1 <= int(response.headers["Retry-After"]) <= 300
    assert response.json()["detail"]


async def sent(federation: LoopbackFederation, redis: RedisServer, names: list[str]) -> dict[str, str]:
    """Send to all names as a new worker."""
    policy = ResolverPolicy(failure_retry_min=0.1)
    async with (
        Redis(unix_socket_path=redis.socket) as client,
        federation.resolver(cache=RedisCache(client), policy=policy) as resolver,
    ):
        results: dict[str, str] = await names_of("fan_out")["send_to_all"](resolver, names, [0.05, 0.05])
    return results


def hosted(federation: LoopbackFederation) -> list[str]:
    """Set up many names that delegate to one host, and return them."""
    federation.server("hosting.example", port=443).reply(SEND, Reply.json({"pdus": {}}))
    web = federation.well_known("web.example", "hosting.example:443")
    web.present(["*.example.org"])
    names = [f"server{number}.example.org" for number in range(DESTINATIONS)]
    for name in names:
        federation.zone.a(name, web.addresses[-1])
    return names


@needs_redis
def test_a_second_sender_finds_all_delegations_in_redis(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as redis, LoopbackFederation() as federation:
        names = hosted(federation)
        for requests in (2 * DESTINATIONS, 3 * DESTINATIONS):  # the first sender requests each document as well
            assert asyncio.run(sent(federation, redis, names)) == dict.fromkeys(names, "HTTP 200")
            assert len(federation.seen.requests) == requests
        received = federation.server("hosting.example", port=443).requests
    assert {request.header("Content-Type") for request in received} == {"application/json"}
    assert [json.loads(request.body)["origin"] for request in received] == ["example.org"] * 2 * DESTINATIONS


@needs_redis
def test_the_sender_tries_again_after_temporary_errors_only(tmp_path: Path) -> None:
    unavailable, accepted = Reply(status=502, body=b"<html>"), Reply.json({"pdus": {}})
    with RedisServer(tmp_path) as redis, LoopbackFederation() as federation:
        restarting = federation.server("restarting.example")
        restarting.reply(SEND, unavailable, Reply(body=b"{" * 99, cut_after=9), accepted)
        federation.server("flaky.example").reply(SEND, accepted)
        for record_type in ("A", "AAAA"):
            federation.zone.fail("flaky.example", record_type, "SERVFAIL", times=12)  # one attempt makes eight queries
        gone = federation.server("gone.example")
        gone.reply(SEND, unavailable)
        refusing = federation.server("refusing.example")
        refusing.reply(SEND, Reply.json({"errcode": "M_FORBIDDEN"}, status=403))
        federation.server("down.example").stop()
        names = ["flaky.example", "restarting.example", "gone.example", "refusing.example", "down.example"]
        results = asyncio.run(sent(federation, redis, [*names, "nowhere.example", "@alice:example.org"]))
    assert results == {
        "flaky.example": "HTTP 200",
        "restarting.example": "HTTP 200",
        "gone.example": "response-not-json",
        "refusing.example": "HTTP 403",
        "down.example": "connect-failed",
        "nowhere.example": "no-address",
        "@alice:example.org": "invalid-name",
    }
    assert [len(server.requests) for server in (restarting, gone, refusing)] == [3, 3, 1]


@needs_redis
def test_the_sender_reads_names_from_its_input(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as redis:
        done = subprocess.run(  # noqa: S603 - no input from outside
            [sys.executable, "-W", "error", str(EXAMPLES / "fan_out.py"), redis.socket],
            input="127.0.0.1\n@alice:example.org\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    printed = "127.0.0.1 address-blocked\n@alice:example.org invalid-name\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")
