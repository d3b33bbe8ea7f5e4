"""Parts of a path and parameters of a query are encoded, so that nothing in them can lead to another path."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import AddressPolicy, InvalidServerName, ServerNameResolver
from matrix_resolve.clients.aiohttp import federation_session, federation_url
from matrix_resolve.clients.httpx import FederationTransport, federation_request
from tests._support.certificates import client_context
from tests._support.tls_server import respond, tls_server

NAME = "203.0.113.1:8448"
BUILT: list[tuple[str, tuple[str, ...], Mapping[str, Any] | None, str]] = [
    ("/event", ("$abc:example.org",), None, "/event/%24abc%3Aexample.org"),
    ("/event/", ("$abc",), None, "/event/%24abc"),
    ("/", ("a",), None, "/a"),
    (
        "/make_join",
        ("!room:example.org", "@al/ice:example.org"),
        None,
        "/make_join/%21room%3Aexample.org/%40al%2Fice%3Aexample.org",
    ),
    ("/rooms", ("!room", "state"), None, "/rooms/%21room/state"),
    ("/a", ("../../admin",), None, "/a/..%2F..%2Fadmin"),
    ("/a", ("%2e%2e", "%2F", "..."), None, "/a/%252e%252e/%252F/..."),
    ("/a", ("b?c=d", "e#f", "g&h", "i;j", "k=l+m"), None, "/a/b%3Fc%3Dd/e%23f/g%26h/i%3Bj/k%3Dl%2Bm"),
    ("/a", (" ", "\r\nX: y", "\0", "\\", '"<>^`{|}'), None, "/a/%20/%0D%0AX%3A%20y/%00/%5C/%22%3C%3E%5E%60%7B%7C%7D"),
    ("/a", ("ü", "\N{GRINNING FACE}", "AZaz09-._~"), None, "/a/%C3%BC/%F0%9F%98%80/AZaz09-._~"),
    ("/%7Ea//b", ("c",), None, "/%7Ea//b/c"),
    ("/a", (), {"x": "y"}, "/a?x=y"),
    ("/a", (), {}, "/a"),
    ("/a?x=%20", (), {}, "/a?x=%20"),
    ("/a", ("b",), {"v": ["$1", "$2"], "limit": 10}, "/a/b?v=%241&v=%242&limit=10"),
    ("/a", (), {"x": "a&b=c#d/e?f+g h%20ü", "": ""}, "/a?x=a%26b%3Dc%23d%2Fe%3Ff%2Bg%20h%2520%C3%BC&="),
    ("/a", (), {"i": 0, "yes": True, "no": [False, -1]}, "/a?i=0&yes=true&no=false&no=-1"),
    ("/a", (), {"none": []}, "/a"),
]
"""Path, parts and query, and the request target that they become."""


async def test_both_clients_send_the_encoded_target_byte_for_byte() -> None:
    policy, tls, targets = AddressPolicy(allow=["203.0.113.0/24"]), client_context(), [row[-1] for row in BUILT]
    async with (
        tls_server(respond(), "203.0.113.1") as server,
        ServerNameResolver(ssl_context=tls, connect_to=server.connect_to, address_policy=policy) as resolver,
        federation_session(resolver) as session,
        httpx.AsyncClient(transport=FederationTransport(resolver)) as client,
    ):
        for path, parts, query, target in BUILT:
            url = federation_url(NAME, path, *parts, query=query)
            assert url.raw_path_qs == target
            async with session.get(url) as response:
                await response.read()
        for path, parts, query, target in BUILT:
            request = federation_request(NAME, path, *parts, query=query)
            assert request["extensions"]["matrix_path"] == target
            await client.get(**request)
        seen = [line.removeprefix("GET ").removesuffix(" HTTP/1.1") for line, _ in server.seen.requests]
    assert seen == targets * 2


@pytest.mark.parametrize("build", [federation_url, federation_request])
@pytest.mark.parametrize(
    ("path", "parts", "query"),
    [
        ("/a", ("",), None),
        ("/a", (".",), None),
        ("/a", ("b", "..", "c"), None),
        ("/a", ("\ud800",), None),
        ("/a?x=y", ("b",), None),
        ("/a?x=y", (), {"x": "z"}),
        ("a", ("b",), None),
        ("/ä", ("b",), None),
        ("/a#b", ("b",), None),
        ("/a", (), {"x": "\udfff"}),
    ],
)
def test_what_would_lead_elsewhere_is_refused(build: Any, path: str, parts: tuple[str, ...], query: Any) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        build("a.example", path, *parts, query=query)
    assert str(caught.value).isprintable()
    assert not isinstance(caught.value, InvalidServerName)


@pytest.mark.parametrize("build", [federation_url, federation_request])
@pytest.mark.parametrize(
    ("parts", "query"),
    [
        ((1,), None),
        ((b"a",), None),
        ((None,), None),
        ((), {"x": None}),
        ((), {"x": b"y"}),
        ((), {"x": 1.5}),
        ((), {"x": ["y", None]}),
        ((), {1: "y"}),
    ],
)
def test_other_types_are_refused(build: Any, parts: tuple[Any, ...], query: Any) -> None:
    with pytest.raises(TypeError, match="must be"):
        build("a.example", "/a", *parts, query=query)


_part = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text not in (".", ".."))


@given(
    st.lists(_part, min_size=1, max_size=3), st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), _part)
)
def test_what_is_encoded_can_be_decoded(parts: list[str], query: dict[str, str]) -> None:
    url = federation_url("a.example", "/a", *parts, query=query)
    split = urlsplit(str(url))
    assert (split.netloc, split.fragment) == ("a.example", "")
    assert [unquote(segment) for segment in split.path.split("/")] == ["", "a", *parts]
    assert dict(parse_qsl(split.query, keep_blank_values=True)) == query
    assert federation_request("a.example", "/a", *parts, query=query)["extensions"]["matrix_path"] == url.raw_path_qs


@pytest.mark.parametrize("query", ["a=b", "", [("a", "b")], 5])
def test_a_query_that_is_not_a_mapping_is_a_type_error_that_shows_it(query: Any) -> None:
    for build in (federation_url, federation_request):
        with pytest.raises(TypeError, match=r"^query is .*; pass a mapping"):
            build("a.example", "/path", query=query)
