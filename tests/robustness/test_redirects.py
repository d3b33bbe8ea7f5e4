"""Well-known responses that redirect: to other hosts, ports, addresses and schemes, in loops, and too often."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import attrs
import pytest

from matrix_resolve import AddressPolicy
from matrix_resolve.testing import LoopbackFederation, Reply

from .requests import ask_version

DELEGATION = Reply.json({"m.server": "hs.example:9000"})
FIRST = "https://a.example/.well-known/matrix/server"
IN_SEVERAL_PLACES = ("a.example", "b.example", "198.51.100.80", "[2001:db8::80]")


def _to(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location})


@attrs.frozen(kw_only=True)
class Row:
    """Replies by URL, the requested URLs in order, all TLS names, and whether the redirects lead to the delegation."""

    replies: Mapping[str, Reply]
    urls: Sequence[str]
    tls_names: Sequence[str | None] = ("a.example",)
    is_delegated: bool = True


def _followed(location: str, url: str | None = None, *, tls_name: str | None, status: int = 302) -> Row:
    """Return a row in which *location* is followed to *url*, which delegates."""
    url = url or location
    return Row(
        replies={FIRST: _to(location, status), url: DELEGATION},
        urls=[FIRST, url],
        tls_names=list(dict.fromkeys(["a.example", tls_name])),
    )


def _refused(location: str, status: int = 302) -> Row:
    return Row(replies={FIRST: _to(location, status)}, urls=[FIRST], is_delegated=False)


def _chain(hops: int, *, is_delegated: bool) -> Row:
    """Return a row with this many redirects between two hosts; the eleventh redirect is not followed."""
    urls = [FIRST, *(f"https://{'ba'[hop % 2]}.example/{hop}" for hop in range(hops))]
    replies = {url: _to(following) for url, following in pairwise(urls)}
    return Row(
        replies={**replies, urls[-1]: DELEGATION},
        urls=urls[:11],
        tls_names=["a.example", "b.example"],
        is_delegated=is_delegated,
    )


ROWS: dict[str, Row] = {
    **{
        f"followed-{status}": _followed("https://b.example/x", tls_name="b.example", status=status)
        for status in (301, 302, 303, 307, 308)
    },
    **{f"not-followed-{status}": _refused("https://b.example/x", status) for status in (300, 305, 306)},
    "relative": _followed("../y?z=1", "https://a.example/.well-known/y?z=1", tls_name="a.example"),
    "host-alone": _followed("//b.example/x", "https://b.example/x", tls_name="b.example"),
    "to-a-port": _followed("https://b.example:8443/x", tls_name="b.example"),
    "to-ipv4": _followed("https://198.51.100.80/x", tls_name=None),
    "to-ipv4-with-port": _followed("https://198.51.100.80:8443/x", tls_name=None),
    "to-ipv6": _followed("https://[2001:db8::80]/x", tls_name=None),
    "to-ipv6-with-port": _followed("https://[2001:db8::80]:8443/x", tls_name=None),
    "upper-case": _followed("HTTPS://B.EXAMPLE/X", "https://b.example/X", tls_name="b.example"),
    "to-http": _refused("http://b.example/x"),
    "to-http-on-443": _refused("http://b.example:443/x"),
    "to-itself": _refused(FIRST),
    "to-loopback": _refused("https://127.0.0.1/x"),
    "to-a-private-address": _refused("https://10.0.0.1/x"),
    "to-nobody": _refused("https://nobody.example/x"),
    "to-a-closed-port": _refused("https://b.example:1/x"),
    "to-a-user-part": _refused("https://user:password@b.example/x"),
    "nowhere": _refused(""),
    "circle-of-two": Row(
        replies={FIRST: _to("https://b.example/x"), "https://b.example/x": _to(FIRST)},
        urls=[FIRST, "https://b.example/x"],
        tls_names=["a.example", "b.example"],
        is_delegated=False,
    ),
    "ten-hops": _chain(10, is_delegated=True),
    "eleven-hops": _chain(11, is_delegated=False),
    "to-404": Row(
        replies={FIRST: _to("https://b.example/x")},
        urls=[FIRST, "https://b.example/x"],
        tls_names=["a.example", "b.example"],
        is_delegated=False,
    ),
}


def _set_up(federation: LoopbackFederation, row: Row) -> None:
    servers = {
        (host, port): federation.server(host, port=port) for host in IN_SEVERAL_PLACES for port in (443, 8443, 8448)
    }
    federation.server("hs.example", port=9000)
    for url, reply in row.replies.items():
        site, _, path = url.removeprefix("https://").partition("/")
        host, port = (site.removesuffix(":8443"), 8443) if site.endswith(":8443") else (site, 443)
        servers[host, port].reply(f"/{path}", reply)


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items()])
async def test_redirect(row: Row) -> None:
    """Exactly these URLs and TLS names are requested, and a federation request goes to the resulting target."""
    async with LoopbackFederation() as federation:
        _set_up(federation, row)
        async with federation.resolver() as resolver:
            resolution = await resolver.resolve("a.example")
            assert (resolution.step, resolution.delegated) == (
                ("3.2", "hs.example:9000") if row.is_delegated else ("6", None)
            )
            assert federation.seen.urls == list(row.urls)
            assert list(dict.fromkeys(one.tls_name for one in federation.seen.handshakes)) == list(row.tls_names)
            target = await ask_version(resolver, "a.example")
        host = "hs.example:9000" if row.is_delegated else "a.example"
        assert (target.host_header, federation.seen.requests[-1].host) == (host, host)


async def test_a_redirect_to_an_address_that_the_policy_refuses_contacts_nobody() -> None:
    async with LoopbackFederation() as federation:
        federation.server("a.example", port=443, addresses=["198.51.100.1"]).reply(
            "/.well-known/matrix/server", _to("https://b.example/x")
        )
        federation.server("b.example", port=443, addresses=["203.0.113.1"]).reply("/x", DELEGATION)
        async with federation.resolver(address_policy=AddressPolicy(allow=["198.51.100.0/24"])) as resolver:
            assert (await resolver.resolve("a.example")).step == "6"
        assert federation.seen.urls == [FIRST]
        assert "A b.example" in federation.seen.questions
        assert {one.ip for one in federation.seen.handshakes} == {"198.51.100.1"}
