"""Cases 159 to 166: the server name inside an identifier."""

import pytest

from matrix_resolve import InvalidServerName, server_name_of

CASES: dict[int, list[tuple[str, str | None]]] = {
    159: [
        ("@alice:example.org", "example.org"),
        ("@a:example.org:8448", "example.org:8448"),
        ("@a:[2001:db8::1]:8448", "[2001:db8::1]:8448"),
    ],
    160: [("@:example.org", "example.org")],
    161: [("#room with ü:example.org", "example.org")],
    162: [("!abc:example.org", "example.org"), ("$abc:example.org", "example.org")],
    163: [("!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", None)],
    164: [
        ("$acR1l0raoZnm60CBwAVgqbZqoO/mYU81xysh1u7XcJk", None),
        ("$Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg", None),
    ],
}
ERRORS: dict[int, list[str]] = {
    165: [
        "@alice",
        "#room",
        "alice:example.org",
        "@a:",
        "@a:exa mple",
        "",
        "!",
        "$",
        "@nul\0:example.org",
        "@\ud800:example.org",
    ],
    166: ["@" + "a" * 243 + ":example.org", "@" + "ü" * 122 + ":example.org"],
}


@pytest.mark.parametrize("number", [pytest.param(number, id=str(number)) for number in CASES])
def test_case(number: int) -> None:
    for identifier, expected in CASES[number]:
        assert server_name_of(identifier) == expected


@pytest.mark.parametrize("number", [pytest.param(number, id=str(number)) for number in ERRORS])
def test_error(number: int) -> None:
    for identifier in ERRORS[number]:
        with pytest.raises(InvalidServerName) as caught:
            server_name_of(identifier)
        assert caught.value.code == "invalid-name"


def test_longest_identifier() -> None:
    """255 bytes are allowed."""
    assert server_name_of("@" + "a" * 242 + ":example.org") == "example.org"
