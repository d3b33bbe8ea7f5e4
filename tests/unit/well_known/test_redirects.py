"""Where a redirect leads, and which redirects are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve._well_known.redirects import RedirectRefused, authority_of, next_url

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


REFUSED: dict[str, str] = {
    "http://www.example.org/x": "not-https",
    "ftp://www.example.org/x": "not-https",
    "javascript:alert(1)": "not-https",
    "data:,x": "not-https",
    "https://[::1": "not-a-url",
    "https://[fe80::1%25eth0]/": "host-not-valid",
    "https://user@www.example.org/": "host-not-valid",
    "https://www.example.org:0/": "host-not-valid",
    "https://www.example.org:99999/": "host-not-valid",
    "https://127.1/": "host-not-valid",
    "https://0x7f.1/": "host-not-valid",
    "https://2130706433/": "host-not-valid",
    "https://www.example.org./": "host-not-valid",
    "https://öbb.at/": "not-a-url",
    "https://a b/": "not-a-url",
    "/a b": "not-a-url",
    "/\n": "not-a-url",
    "https://www.example.org\\@evil.example/": "host-not-valid",
}


@pytest.mark.parametrize("location", REFUSED)
def test_refused(location: str) -> None:
    with pytest.raises(RedirectRefused) as caught:
        next_url(FIRST, location)
    assert caught.value.reason.code == REFUSED[location]


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
