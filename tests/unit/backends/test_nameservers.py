"""Which strings are name servers."""

import pytest

from matrix_resolve.backends._arguments.nameservers import check_nameservers

GOOD = [
    "192.0.2.53",
    "192.0.2.53:5353",
    "2001:db8::53",
    "[2001:db8::53]",
    "[2001:db8::53]:53",
    "fe80::1%eth0",
    "[fe80::1]:53%eth0",
]
BAD = [
    "",
    "localhost",
    "dns1.example",
    "999.1.1.1",
    "127.0.0.1:99999",
    "127.0.0.1:x",
    "127.0.0.1:",
    "[::1",
    "1",
    "1.2.3",
    "%eth0",
]


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    assert check_nameservers([text]) == [text]


@pytest.mark.parametrize("text", BAD)
def test_bad(text: str) -> None:
    with pytest.raises(ValueError, match="is not an IP address"):
        check_nameservers([text])
