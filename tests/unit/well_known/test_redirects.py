"""Where a redirect leads, and which redirects are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve._well_known.redirects import authority_of, next_url

FIRST = "https://example.org/.well-known/matrix/server"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://www.example.org/x", "https://www.example.org/x"),
        ("https://www.example.org", "https://www.example.org/"),
        ("HTTPS://WWW.Example.org/X", "https://www.example.org/X"),
        ("https://www.example.org:443/x", "https://www.example.org/x"),
        ("https://www.example.org:8443/x#fragment", "https://www.example.org:8443/x"),
        ("/other?a=b", "https://example.org/other?a=b"),
        ("other", "https://example.org/.well-known/matrix/other"),
        ("../x", "https://example.org/.well-known/x"),
        ("?a", "https://example.org/.well-known/matrix/server?a"),
        ("//www.example.org/x", "https://www.example.org/x"),
        ("https://203.0.113.3/w", "https://203.0.113.3/w"),
        ("https://[2001:DB8::3]:8443/w", "https://[2001:db8::3]:8443/w"),
    ],
)
def test_followed(location: str, url: str) -> None:
    assert next_url(FIRST, location) == url


@pytest.mark.parametrize(
    "location",
    [
        "http://www.example.org/x", "ftp://www.example.org/x", "javascript:alert(1)", "data:,x", "https://[::1",
        "https://[fe80::1%25eth0]/", "https://user@www.example.org/", "https://www.example.org:0/", "https://www.example.org:99999/",
        "https://127.1/", "https://0x7f.1/", "https://2130706433/", "https://www.example.org./", "https://öbb.at/", "https://a b/", "/a b",
        "/\n", "https://www.example.org\\@evil.example/",
    ],
)  # fmt: skip
def test_refused(location: str) -> None:
    with pytest.raises(ValueError, match=r"^which "):
        next_url(FIRST, location)


@given(
    st.text(max_size=60)
    | st.from_regex(r"(https?:)?/{0,3}[a-z0-9.:@\[\]\\-]{0,30}(/[a-z%./]*)?(\?x)?(#y)?", fullmatch=True)
)
def test_whatever_is_followed_is_https_to_a_plain_host(location: str) -> None:
    try:
        url = next_url(FIRST, location)
    except ValueError:
        return
    assert url.startswith("https://")
    assert url.isascii()
    assert "#" not in url
    assert authority_of(url).hostname == authority_of(url).hostname.lower()
