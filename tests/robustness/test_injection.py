"""Nothing from the network puts control characters into a message, a log line, a header or the terminal.

The same goes for line ends, direction marks and terminal escapes.
"""

import io
import logging
from collections.abc import Callable
from contextlib import redirect_stdout

import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

from matrix_resolve import Resolution, Resolved, ResolveError, ResolverPolicy, TraceRecord, Unresolved
from matrix_resolve._util.escaping import printable
from matrix_resolve.cli.resolution_text import as_line
from matrix_resolve.cli.resolve import print_outcome
from matrix_resolve.clients.aiohttp import federation_session, federation_url
from matrix_resolve.testing import FakeCache, FakeClock, LoopbackFederation, Reply
from tests._support.federation_clients import CLIENTS, NOT_REACHED

HOSTILE = {
    "a colour": "\x1b[31mred\x1b[0m",
    "a line end": "x\r\nX-Evil: 1\n\nGET / HTTP/1.1",
    "NUL": "x\0y",
    "C1 controls": "\x9b31m\x85\x90",
    "a direction mark": "\u202egnp.exe\u2066",
    "a line separator": "a\u2028b\u2029c",
    "a title": "\x1b]0;owned\x07",
    "a backspace": "safe\x08\x08\x08\x08evil",
    "an invisible": "a\u200bb\ufeffc\U000e0041",
}
WELL_KNOWN = "/.well-known/matrix/server"
Trouble = Callable[[LoopbackFederation, str], None]


def _in_m_server(federation: LoopbackFederation, text: str) -> None:
    federation.well_known("a.example", text)


def _in_the_body(federation: LoopbackFederation, text: str) -> None:
    federation.server("a.example", port=443).reply(WELL_KNOWN, Reply(body=text.encode()))


def _in_a_key(federation: LoopbackFederation, text: str) -> None:
    federation.server("a.example", port=443).reply(WELL_KNOWN, Reply.json({text: text, "m.server": [text]}))


def _in_a_redirect(federation: LoopbackFederation, text: str) -> None:
    location = b"Location: https://b.example/" + text.replace("\n", "\x0b").replace("\r", "").encode() + b"\r\n"
    head = b"HTTP/1.1 302 Found\r\n" + location + b"Content-Length: 0\r\n\r\n"
    federation.server("a.example", port=443).reply(WELL_KNOWN, Reply(raw=head))


def _in_the_status_line(federation: LoopbackFederation, text: str) -> None:
    head = b"HTTP/1.1 503 " + text.replace("\n", "").replace("\r", "").encode() + b"\r\nContent-Length: 0\r\n\r\n"
    federation.server("a.example", port=443).reply(WELL_KNOWN, Reply(raw=head))


def _instead_of_http(federation: LoopbackFederation, text: str) -> None:
    federation.server("a.example", port=443).reply(WELL_KNOWN, Reply(raw=text.encode() * 20))


def _raw_name(text: str) -> dns.name.Name:
    """Return a name with the bytes of *text* as a label, as the wire format allows."""
    return dns.name.Name([text.encode()[:63], b"example", b""])


def _answer(
    owner: str, record_type: str, data: Callable[[dns.name.Name], str], text: str
) -> Callable[[dns.message.Message], bytes]:
    def make(query: dns.message.Message) -> bytes:
        reply = dns.message.make_response(query)
        if query.question[0].rdtype.name in {record_type, "A", "AAAA"}:
            kind = dns.rdatatype.from_text(record_type)
            rdata = dns.rdata.from_text(dns.rdataclass.IN, kind, data(_raw_name(text)))
            reply.answer.append(dns.rrset.from_rdata(f"{owner}.", 300, rdata))
        return reply.to_wire()

    return make


def _in_an_srv_target(federation: LoopbackFederation, text: str) -> None:
    owner = "_matrix-fed._tcp.a.example"
    federation.server("a.example", port=443)
    federation.zone.reply(owner, "SRV", _answer(owner, "SRV", lambda name: f"0 0 1 {name}", text))


def _in_an_alias(federation: LoopbackFederation, text: str) -> None:
    for kind in ("A", "AAAA"):
        federation.zone.reply("a.example", kind, _answer("a.example", "CNAME", str, text))


def _in_an_srv_alias(federation: LoopbackFederation, text: str) -> None:
    federation.server("a.example", port=443)
    federation.srv("a.example", "node.example", 8448)
    for kind in ("A", "AAAA"):
        federation.zone.reply("node.example", kind, _answer("node.example", "CNAME", str, text))


PLACES: dict[str, Trouble] = {
    "m.server": _in_m_server,
    "the body": _in_the_body,
    "a JSON key": _in_a_key,
    "a redirect": _in_a_redirect,
    "the status line": _in_the_status_line,
    "no HTTP at all": _instead_of_http,
    "an SRV target": _in_an_srv_target,
    "an alias": _in_an_alias,
    "an alias of an SRV target": _in_an_srv_alias,
}


def _check(told: str) -> None:
    assert [line for line in told.split("\n") if not line.isprintable()] == [], ascii(told)


def _printed(outcome: Resolution | ResolveError) -> str:
    """Return what the command prints, as text and as JSON. JSON has its own escapes."""
    one = Resolved("a.example", outcome) if isinstance(outcome, Resolution) else Unresolved("a.example", outcome)
    out = io.StringIO()
    with redirect_stdout(out):
        print_outcome(one, in_json=False)
        print_outcome(one, in_json=True)
    return out.getvalue() + as_line(one)


def _texts(outcome: Resolution | ResolveError) -> list[str]:
    texts = [str(outcome), repr(outcome), *map(str, outcome.trace), *map(repr, outcome.trace)]
    if isinstance(outcome, Resolution):
        texts += [text for one in (*outcome.warnings, *outcome.targets) for text in (str(one), repr(one))]
        texts += [one.message for one in outcome.warnings]
    return texts


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("place", PLACES)
async def test_what_is_told_of_a_resolution(place: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """All texts of the result are checked, with a lenient and with a strict policy."""
    events = list[TraceRecord]()
    with caplog.at_level(logging.DEBUG):
        for policy in (ResolverPolicy(), ResolverPolicy(srv_cname="skip", srv_failure="fail")):
            async with LoopbackFederation() as federation:
                PLACES[place](federation, text)
                async with federation.resolver(policy=policy, on_lookup=events.append) as resolver:
                    try:
                        outcome: Resolution | ResolveError = await resolver.resolve("a.example")
                    except ResolveError as error:
                        outcome = error
                sent = [value for seen in federation.seen.requests for pair in seen.headers for value in pair]
            if place == "m.server":
                assert printable(text) in _printed(outcome), "nothing to check: the hostile text is not shown"
            for told in (*_texts(outcome), _printed(outcome), *map(str, events), *sent, *federation.seen.urls):
                _check(told)
    for record in caplog.records:
        if record.name.startswith("matrix_resolve"):
            _check(record.getMessage())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_what_comes_out_of_a_cache(text: str, caplog: pytest.LogCaptureFixture) -> None:
    """Texts about an error of the cache are escaped."""
    clock = FakeClock()
    cache = FakeCache(clock)
    with caplog.at_level(logging.DEBUG):
        async with LoopbackFederation() as federation:
            federation.server("a.example", port=443)
            federation.server("a.example")
            cache.error = OSError(text)
            async with federation.resolver(cache=cache, clock=clock) as resolver:
                for told in _texts(await resolver.resolve("a.example")):
                    _check(told)
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("matrix_resolve")]
    assert messages
    for message in messages:
        _check(message)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", [f"a.example{text}" for text in HOSTILE.values()], ids=HOSTILE)
async def test_a_server_name_is_refused_and_told_escaped(name: str, client: str) -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver, CLIENTS[client](resolver) as ask:
        with pytest.raises((*NOT_REACHED, ValueError)) as caught:
            await ask(name)
    _check(str(caught.value))


async def test_a_delegation_with_a_line_end_becomes_no_header() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.server("a.example")
        federation.well_known("a.example", "b.example\r\nX-Evil: 1")
        url = federation_url("a.example", "/_matrix/federation/v1/version")
        async with federation_session(resolver) as session, session.get(url) as response:
            assert response.status == 200
        last = federation.seen.requests[-1]
        assert (last.host, last.header("X-Evil")) == ("a.example", None)
