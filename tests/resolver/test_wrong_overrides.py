"""Overrides are checked when the resolver is created; the error names the override."""

from typing import Any

import pytest

from matrix_resolve import (
    InvalidServerName,
    ServerNameResolver,
)

from .overriding import PRIVATE

GOOD = (PRIVATE, 8448)
BAD_OVERRIDES: dict[str, tuple[Any, type[Exception], str]] = {
    "a string": ({"a.example": "10.0.0.5:8448"}, TypeError, r'overrides\["a.example"\].*UseAddresses.*DelegateTo'),
    "a list": ({"a.example": [PRIVATE, 8448]}, TypeError, r'overrides\["a.example"\]'),
    "three values": ({"a.example": (PRIVATE, 8448, 1)}, TypeError, r'overrides\["a.example"\]'),
    "None": ({"a.example": None}, TypeError, r'overrides\["a.example"\]'),
    "a host instead of an address": (
        {"a.example": ("b.example", 1)},
        ValueError,
        r'overrides\["a.example"\].*"b.example"',
    ),
    "an address with a zone": (
        {"a.example": ("fe80::1%eth0", 1)},
        ValueError,
        r'overrides\["a.example"\].*fe80::1%eth0',
    ),
    "an address as an integer": ({"a.example": (1, 1)}, TypeError, r'overrides\["a.example"\]'),
    "no port": ({"a.example": (PRIVATE, None)}, TypeError, r'overrides\["a.example"\].*port'),
    "a port as a string": ({"a.example": (PRIVATE, "8448")}, TypeError, r'overrides\["a.example"\].*port'),
    "a port that is True": ({"a.example": (PRIVATE, True)}, TypeError, r'overrides\["a.example"\].*port'),
    "port 0": ({"a.example": (PRIVATE, 0)}, ValueError, r'overrides\["a.example"\].*between 1 and 65535'),
    "port 65536": ({"a.example": (PRIVATE, 65536)}, ValueError, r'overrides\["a.example"\].*between 1 and 65535'),
    "a URL as a name": ({"https://a.example": GOOD}, InvalidServerName, "overrides.*https://a.example"),
    "a name with a dot at the end": ({"a.example.": GOOD}, InvalidServerName, "overrides.*a.example"),
    "a number as a name": ({5: GOOD}, TypeError, "server name"),
    "a name twice": ({"a.example": GOOD, "A.example": GOOD}, ValueError, 'overrides.*"a.example"'),
    "no mapping": ("a.example", TypeError, "overrides must be a mapping"),
}


@pytest.mark.parametrize(("overrides", "kind", "sentence"), BAD_OVERRIDES.values(), ids=BAD_OVERRIDES)
def test_overrides_are_checked_at_once(overrides: Any, kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        ServerNameResolver(overrides=overrides)


BAD_HOSTS: dict[str, tuple[Any, type[Exception], str]] = {
    "a port in the key": ({"a.example:1": PRIVATE}, ValueError, r'host_overrides\["a.example:1"\].*port'),
    "an address as the key": ({"10.0.0.1": PRIVATE}, ValueError, r'host_overrides\["10.0.0.1"\]'),
    "an underscore": ({"_matrix.a.example": PRIVATE}, InvalidServerName, "host_overrides"),
    "no addresses": ({"a.example": []}, ValueError, r'host_overrides\["a.example"\]'),
    "a port in the address": ({"a.example": "10.0.0.1:1"}, ValueError, r'host_overrides\["a.example"\].*10.0.0.1:1'),
    "a name": ({"a.example": ["b.example"]}, ValueError, r'host_overrides\["a.example"\].*b.example'),
    "an integer": ({"a.example": 5}, TypeError, r'host_overrides\["a.example"\]'),
    "a list with an integer": ({"a.example": [5]}, TypeError, r'host_overrides\["a.example"\]'),
    "bytes": ({"a.example": b"10.0.0.1"}, TypeError, r'host_overrides\["a.example"\]'),
    "a host twice": ({"a.example": PRIVATE, "A.example": PRIVATE}, ValueError, 'host_overrides.*"a.example"'),
    "no mapping": (["a.example"], TypeError, "host_overrides must be a mapping"),
}


@pytest.mark.parametrize(("hosts", "kind", "sentence"), BAD_HOSTS.values(), ids=BAD_HOSTS)
def test_host_overrides_are_checked_at_once(hosts: Any, kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        ServerNameResolver(host_overrides=hosts)
