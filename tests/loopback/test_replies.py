"""The replies of servers in a loopback federation, including broken ones."""

import math
import re

import pytest

from matrix_resolve.testing import LoopbackFederation, Reply, SeenRequest

from .helpers_loopback import get


@pytest.mark.parametrize(
    ("reply", "status", "body"),
    [
        pytest.param(Reply(body=b"body"), 200, b"body", id="body"),
        pytest.param(Reply(status=204), 204, b"", id="204"),
        pytest.param(Reply(status=599, body=b"x"), 599, b"x", id="599"),
        pytest.param(Reply.json({"a": 1}, status=401), 401, b'{"a": 1}', id="json"),
        pytest.param(Reply(body=b"slow", delay=0.05), 200, b"slow", id="delay"),
        pytest.param(Reply(body=b"drop", drip=0.01), 200, b"drop", id="drip"),
        pytest.param(Reply(raw=b"HTTP/1.0 418 Tea\r\n\r\npot"), 418, b"pot", id="raw"),
    ],
)
async def test_reply(reply: Reply, status: int, body: bytes) -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example").reply("/x", reply)
        response = await get(federation)
    assert (response.status, response.body) == (status, body)


async def test_headers_are_sent_in_order_and_repeated() -> None:
    headers = (("X-A", "1"), ("X-B", "2"), ("X-A", "3"))
    async with LoopbackFederation() as federation:
        federation.server("a.example").reply("/x", Reply(headers=headers))
        response = await get(federation)
    assert [pair for pair in response.headers if pair[0].startswith("X-")] == list(headers)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(delay=math.inf), id="never"),
        pytest.param(Reply(body=b"x" * 900, drip=0.1), id="drip"),
        pytest.param(Reply(body=b"half of it", cut_after=4), id="cut-in-the-body"),
        pytest.param(Reply(body=b"body", cut_after=0), id="cut-before-the-body"),
        pytest.param(Reply(raw=b""), id="closed"),
        pytest.param(Reply(raw=b"SSH-2.0-OpenSSH\r\n\r\n"), id="garbage"),
        pytest.param(Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"), id="short"),
    ],
)
async def test_a_broken_reply_is_an_error(reply: Reply) -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example").reply("/x", reply)
        with pytest.raises(OSError, match=r".*"):
            await get(federation)
        # A set, because aiohttp repeats a request that got no response.
        assert set(federation.seen.urls) == {"https://a.example:8448/x"}


async def test_replies_come_one_after_the_other_and_the_last_one_for_ever() -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example").reply("/x", Reply(status=503), Reply(status=200))
        assert [(await get(federation)).status for _ in range(4)] == [503, 200, 200, 200]


async def test_paths_are_matched_by_the_last_pattern_set() -> None:
    def echo(request: SeenRequest) -> Reply:
        return Reply(body=request.path.encode())

    async with LoopbackFederation() as federation:
        server = federation.server("a.example")
        server.reply("/a/*", Reply(body=b"star"))
        server.reply("/a/b", Reply(body=b"exact"))
        server.reply("/q?x=1", Reply(body=b"query"))
        server.reply("/echo/*", echo)
        bodies = [(await get(federation, path)).body for path in ("/a/c?d", "/a/b?e", "/q?x=1", "/echo/f?g")]
        assert bodies == [b"star", b"exact", b"query", b"/echo/f?g"]
        unknown = [await get(federation, path) for path in ("/q", "/ax", "/a[b")]
    assert [(response.status, b"M_UNRECOGNIZED" in response.body) for response in unknown] == [(404, True)] * 3


@pytest.mark.parametrize(
    ("path", "answers", "message"),
    [
        ("/x", (), "there is no reply for '/x': pass at least one"),
        ("*", (Reply(),), "'*' is not a path: it must begin with a slash"),
        ("", (Reply(),), "'' is not a path: it must begin with a slash"),
    ],
    ids=["no reply", "no path", "empty"],
)
async def test_a_reply_needs_a_path_and_an_answer(path: str, answers: tuple[Reply, ...], message: str) -> None:
    async with LoopbackFederation() as federation:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            federation.server("a.example").reply(path, *answers)
