"""Which strings are name servers."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from matrix_resolve import AiodnsBackend, ServerNameResolver
from matrix_resolve.backends._arguments.nameservers import check_nameservers
from matrix_resolve.backends.dnspython import DnspythonBackend

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


@pytest.mark.parametrize("text", ["0.0.0.0", "0.0.0.0:53", "::", "[::]:53"])
def test_the_unspecified_address_is_no_place_to_send_a_query(text: str) -> None:
    own = "::1" if "[" in text or text == "::" else "127.0.0.1"
    sentence = f'the name server "{text}" is the unspecified address; for a name server on this machine, use "{own}"'
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        check_nameservers(["192.0.2.53", text])


def resolver_with(nameservers: Any) -> object:
    return ServerNameResolver(nameservers=nameservers)


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ("192.0.2.53", TypeError, 'is the single string "192.0.2.53"; pass a list, such as ["192.0.2.53"]'),
        (b"192.0.2.53", TypeError, "is the single string b'192.0.2.53'; pass a list"),
        (53, TypeError, "is 53; pass a list"),
        ([None], TypeError, 'contains None; write each as a string, such as "192.0.2.53"'),
        ([ip_address("192.0.2.53")], TypeError, "contains IPv4Address('192.0.2.53'); write each as a string"),
        ([], ValueError, "is empty; leave it out to use the name servers of the system"),
        ((), ValueError, "is empty; leave it out"),
    ],
)
@pytest.mark.parametrize(
    "make",
    [AiodnsBackend, DnspythonBackend, resolver_with],
    ids=["aiodns", "dnspython", "resolver"],
)
def test_what_is_no_list_of_strings(
    make: Callable[[Any], object], given: Any, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=f"^nameservers {re.escape(sentence)}"):
        make(given)


def test_any_iterable_is_a_list() -> None:
    assert check_nameservers(iter(GOOD)) == GOOD
