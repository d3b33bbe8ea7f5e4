"""The address families of this machine are detected from its routes, without sending a packet."""

import socket
from typing import Any

import pytest

from matrix_resolve._address_families import leads_to
from matrix_resolve.check import AddressFamilies
from matrix_resolve.check._probes.address_families import reach_here


@pytest.mark.parametrize(
    ("ip", "source", "is_way"),
    [
        ("2001:503:ba3e::2:30", "2a01:4f8::1", True),
        ("2001:503:ba3e::2:30", "fd00::2", False),
        ("2001:503:ba3e::2:30", "fe80::1", False),
        ("2001:503:ba3e::2:30", "::1", False),
        ("198.41.0.4", "192.168.1.2", True),
        ("198.41.0.4", "169.254.3.4", False),
        ("198.41.0.4", "127.0.0.1", False),
        ("198.41.0.4", "0.0.0.0", False),
        ("fd00::1", "fd00::2", True),
        ("10.1.2.3", "10.1.2.4", True),
    ],
)
def test_a_source_that_can_be_answered(ip: str, source: str, is_way: bool) -> None:  # noqa: FBT001 - a table
    assert leads_to(ip, source) is is_way


def test_this_machine() -> None:
    """Loopback addresses stand for a closed network: every machine has a route to them."""
    assert reach_here(["127.0.0.1"]).ipv4
    assert isinstance(reach_here([]), AddressFamilies)


def test_a_machine_without_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)
    assert reach_here(["127.0.0.1", "::1"]) == AddressFamilies(ipv4=False, ipv6=False)
