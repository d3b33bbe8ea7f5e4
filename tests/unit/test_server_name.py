"""Server names: an accepted name keeps its spelling, and a refusal says what to pass instead."""

import copy
import ipaddress
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import InvalidServerName
from matrix_resolve.server_name import ServerName, canonical_ip, ends_in_a_number

LONGEST_LABEL = "a" * 63
LONGEST_NAME = ".".join([LONGEST_LABEL] * 3 + ["a" * 61])

# text: hostname, port, dns_name, ip, tls_server_name
VALID: dict[str, tuple[str, int | None, str | None, str | None, str]] = {
    "matrix.org": ("matrix.org", None, "matrix.org", None, "matrix.org"),
    "matrix.org:8888": ("matrix.org", 8888, "matrix.org", None, "matrix.org"),
    "1.2.3.4": ("1.2.3.4", None, None, "1.2.3.4", "1.2.3.4"),
    "1.2.3.4:1234": ("1.2.3.4", 1234, None, "1.2.3.4", "1.2.3.4"),
    "[1234:5678::abcd]": ("[1234:5678::abcd]", None, None, "1234:5678::abcd", "1234:5678::abcd"),
    "[1234:5678::abcd]:5678": ("[1234:5678::abcd]", 5678, None, "1234:5678::abcd", "1234:5678::abcd"),
    "[0ABC:1def::1234]:80": ("[0ABC:1def::1234]", 80, None, "abc:1def::1234", "abc:1def::1234"),
    "[::ffff:192.0.2.1]": ("[::ffff:192.0.2.1]", None, None, "::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    "[::FFFF:C000:201]": ("[::FFFF:C000:201]", None, None, "::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    "[::]": ("[::]", None, None, "::", "::"),
    "[0000:0000:0000:0000:0000:ffff:255.255.255.255]": (
        "[0000:0000:0000:0000:0000:ffff:255.255.255.255]",
        None,
        None,
        "::ffff:255.255.255.255",
        "::ffff:255.255.255.255",
    ),
    "ExAmple.ORG:08448": ("ExAmple.ORG", 8448, "example.org", None, "example.org"),
    "example.org:00001": ("example.org", 1, "example.org", None, "example.org"),
    "example.org:65535": ("example.org", 65535, "example.org", None, "example.org"),
    "localhost": ("localhost", None, "localhost", None, "localhost"),
    "xn--bcher-kva.com": ("xn--bcher-kva.com", None, "xn--bcher-kva.com", None, "xn--bcher-kva.com"),
    "-a-.example": ("-a-.example", None, "-a-.example", None, "-a-.example"),
    "1.2.3.4a": ("1.2.3.4a", None, "1.2.3.4a", None, "1.2.3.4a"),
    "0xg": ("0xg", None, "0xg", None, "0xg"),
    f"{LONGEST_NAME}:65535": (LONGEST_NAME, 65535, LONGEST_NAME, None, LONGEST_NAME),
}


@pytest.mark.parametrize("text", VALID)
def test_parts(text: str) -> None:
    name = ServerName.parse(text)
    assert (name.hostname, name.port, name.dns_name, name.ip, name.tls_server_name) == VALID[text]
    assert type(name.hostname) is str


def test_it_is_the_text_it_was_made_from() -> None:
    name = ServerName("EXAMPLE.org:08448")
    assert name == "EXAMPLE.org:08448"
    assert name != "example.org:8448"
    assert hash(name) == hash("EXAMPLE.org:08448")
    assert {"EXAMPLE.org:08448": 1}[name] == 1
    assert type(str(name)) is str
    assert f"{name}" == "EXAMPLE.org:08448"
    assert repr(name) == "ServerName('EXAMPLE.org:08448')"
    assert ServerName(name) == name
    assert not hasattr(name, "__dict__")


def _pickled(name: ServerName) -> ServerName:
    loaded: object = pickle.loads(pickle.dumps(name))  # noqa: S301 - trusted bytes
    assert isinstance(loaded, ServerName)
    return loaded


@pytest.mark.parametrize("duplicate", [_pickled, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("text", ["Example.org:08448", "[::FFFF:C000:201]:1", "192.0.2.1"])
def test_copies_keep_type_and_parts(duplicate: Callable[[ServerName], ServerName], text: str) -> None:
    name = ServerName(text)
    again = duplicate(name)
    assert type(again) is ServerName
    assert again == name
    assert (again.ip, again.port, again.dns_name) == (name.ip, name.port, name.dns_name)


# text: what the message must say
ADVICE: dict[str, str] = {
    "": "it is empty",
    "@alice:example.org": 'it is a user ID; pass "example.org"',
    "@a:example.org:8448": 'pass "example.org:8448"',
    "@alice": "it is a user ID; it has no domain part",
    "#room:example.org": 'it is a room alias; pass "example.org"',
    "!room:example.org": 'it is a room ID; pass "example.org"',
    "$event:example.org": 'it is an event ID; pass "example.org"',
    "https://example.org": 'it is a URL; pass only the host and port, "example.org"',
    "https://example.org:8448/_matrix?x#y": 'pass only the host and port, "example.org:8448"',
    "mxc://example.org/media": 'pass only the host and port, "example.org"',
    "münchen.example": 'pass "xn--mnchen-3ya.example"',
    "münchen.example:8448": 'pass "xn--mnchen-3ya.example:8448"',
    "ü" * 64: 'ASCII form ("xn--...")',
    "::1": 'an IPv6 address must be in brackets; pass "[::1]"',
    "2001:db8::1": 'pass "[2001:db8::1]"',
    "::ffff:192.0.2.1": 'pass "[::ffff:192.0.2.1]"',
    "[fe80::1%eth0]": "IPv6 zone",
    "[fe80::1%25eth0]": "IPv6 zone",
    "fe80::1%eth0": "IPv6 zone",
    "example.org.": 'it ends with a dot; pass "example.org"',
    "1.2.3.4.": 'it ends with a dot; pass "1.2.3.4"',
    "example.org/": 'it has a path; pass only the host and port, "example.org"',
    "example.org:8448/_matrix": 'it has a path; pass only the host and port, "example.org:8448"',
    "example.org?x": 'pass only the host and port, "example.org"',
    " example.org": "it has whitespace around it",
    "a.example,b.example": "pass each name separately",
    "a.example; b.example": "pass each name separately",
    "a.example b.example": "pass each name separately",
    "example.org\n": "it has whitespace around it",
    "example.org\u00a0": "it has whitespace around it",
    "user@example.org": 'it has a user part before the "@"; pass "example.org"',
    "exam ple.org": "ASCII letters, digits, dots and hyphens",
    "exa_mple.org": "ASCII letters, digits, dots and hyphens",
    "percent%65.com": "ASCII letters, digits, dots and hyphens",
    "nul\0.example": "ASCII letters, digits, dots and hyphens",
    ".example.org": "empty label",
    "a..b": "empty label",
    ":8448": "ASCII letters, digits, dots and hyphens",
    "example.org:": "one to five digits",
    "example.org:http": "one to five digits",
    "example.org:+8448": "one to five digits",
    "example.org:-1": "one to five digits",
    "example.org: 8448": "one to five digits",
    "example.org:8_448": "one to five digits",
    "example.org:123456": "one to five digits",
    "example.org:8448:8448": "the part after the first colon must be a port of one to five digits",
    "example.org:\uff18\uff14\uff14\uff18": 'pass "example.org:8448"',
    "\u0661.2.3.4": "non-ASCII name",
    "example.org:0": "between 1 and 65535",
    "example.org:00000": "between 1 and 65535",
    "example.org:65536": "between 1 and 65535",
    "[::1": "the closing bracket is missing",
    "[": "the closing bracket is missing",
    "[]": "IPv6 address",
    "[:]": "IPv6 address",
    "[::1]8448": 'only ":" and a port may follow',
    "[::1]:": "one to five digits",
    "[1.2.3.4]": "IPv6 address",
    "[test::1]": "IPv6 address",
    "[2001:db8:::1]": "IPv6 address",
    "[::1.2.3.04]": "IPv6 address",
    "256.1.1.1": "four numbers from 0 to 255",
    "1.2.3.4.5": "four numbers from 0 to 255",
    "1.2.3.04": "without leading zeros",
    "0177.0.0.1": "without leading zeros",
    "127.1": "a DNS name must not end in a number",
    "2130706433": "a DNS name must not end in a number",
    "0x7f.1": "a DNS name must not end in a number",
    "a.0X7F": "a DNS name must not end in a number",
    "a.0x": "a DNS name must not end in a number",
}


@pytest.mark.parametrize("text", ADVICE)
def test_a_refusal_says_what_to_pass_instead(text: str) -> None:
    with pytest.raises(InvalidServerName) as caught:
        ServerName.parse(text)
    assert ADVICE[text] in str(caught.value)
    assert (caught.value.code, caught.value.server_name) == ("invalid-name", text)


@pytest.mark.parametrize("text", ["a" * 64, f"{LONGEST_NAME}a", f"b.{LONGEST_NAME}", "a." * 126 + "aa"])
def test_what_the_dns_cannot_carry(text: str) -> None:
    with pytest.raises(InvalidServerName, match="at most 253 characters") as caught:
        ServerName.parse(text)
    assert caught.value.code == "unresolvable-name"


def test_a_message_is_short_and_printable_whatever_was_passed() -> None:
    with pytest.raises(InvalidServerName) as caught:
        ServerName.parse("\x1b[31m\r\n\u202e\ud800" + "x" * 100_000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("value", [None, b"example.org", 1, ["example.org"]], ids=repr)
def test_only_text_is_parsed(value: object) -> None:
    with pytest.raises(TypeError, match="a server name must be a str"):
        ServerName(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("hostname", "expected"),
    [("a.1", True), ("1", True), ("a.0x1F", True), ("a.0x", True), ("1.a", False), ("a.1b", False), ("", False)],
)
def test_ends_in_a_number(hostname: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    assert ends_in_a_number(hostname) is expected


def test_no_canonical_form_for_a_zone() -> None:
    """`ipaddress` accepts a zone."""
    with pytest.raises(ValueError, match="fe80::1%eth0"):
        canonical_ip("fe80::1%eth0")


def _exploded(number: int) -> list[str]:
    address = ipaddress.IPv6Address(number)
    tail = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    full = ":".join(f"{number >> shift & 0xFFFF:04x}" for shift in range(112, -16, -16))
    return [full, full.upper(), str(address), f"{full[:29]}:{tail}"]


_label = st.from_regex(r"[A-Za-z0-9-]{0,20}[A-Za-z-]", fullmatch=True)
_dns_name = st.lists(_label, min_size=1, max_size=6).map(".".join).filter(lambda name: not ends_in_a_number(name))
_ipv4 = st.ip_addresses(v=4).map(str)
_ipv6_number = st.integers(0, 2**128 - 1) | st.integers(0, 2**32 - 1).map(lambda tail: 0xFFFF << 32 | tail)
_ipv6 = _ipv6_number.flatmap(lambda number: st.sampled_from(_exploded(number))).map("[{}]".format)
_port = st.tuples(st.integers(1, 65535), st.integers(1, 5)).map(lambda pair: f":{pair[0]:0{pair[1]}}")
valid_names = st.tuples(_dns_name | _ipv4 | _ipv6, st.just("") | _port).map("".join)


@given(valid_names)
def test_every_name_of_the_grammar_is_accepted_as_it_stands(text: str) -> None:
    name = ServerName.parse(text)
    assert name == text
    assert (name.ip is None) != (name.dns_name is None)


def _assert_that_parts_add_up(name: ServerName) -> None:
    port = "" if name.port is None else name[len(name.hostname) :]
    assert name.hostname + port == name
    assert name.port is None or int(port.removeprefix(":")) == name.port
    if name.ip is None:
        assert name.dns_name == name.hostname.lower()
    else:
        bare = ipaddress.ip_address(name.hostname.strip("[]"))
        assert bare == ipaddress.ip_address(name.ip)
        assert canonical_ip(name.ip) == name.ip


_nearly_a_name = st.text(alphabet="aA1.:[]-_%@/ \n0xfÿ٣", max_size=30)


@given(st.text() | _nearly_a_name | valid_names)
def test_any_text_is_refused_or_kept(text: str) -> None:
    try:
        name = ServerName.parse(text)
    except InvalidServerName as error:
        assert error.server_name == text
        assert str(error).isprintable()
    else:
        assert name == text
        _assert_that_parts_add_up(name)
