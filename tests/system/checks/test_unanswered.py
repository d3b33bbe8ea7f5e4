"""Deployments in which packets are lost: the check names the address or port that does not answer."""

import contextlib
import socket
import subprocess
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import attrs
import pytest

from matrix_resolve.check import Verdict

from .certificates import HOME
from .deployment import ADDRESSES, Deployment, checked, deployed
from .expected import Expected, assert_told

_V4, _V6 = ADDRESSES
_NOWHERE = "45.79.1.1"


@contextlib.contextmanager
def dropping(addresses: Sequence[str], port: int) -> Generator[None]:
    """Drop what comes to a port, as a firewall does.

    The port has a backlog for one connection, which is already there.
    """
    with contextlib.ExitStack() as stack:
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sock = stack.enter_context(socket.socket(family))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            sock.listen(0)
            stack.enter_context(socket.create_connection((address, port)))
        yield


@contextlib.contextmanager
def unreachable(address: str) -> Generator[None]:
    """Let the kernel report that no route leads to an address, as a router would."""
    route = ["unreachable", f"{address}/32"]
    subprocess.run(["ip", "route", "add", *route], check=True)  # noqa: S603, S607 - in a network namespace
    try:
        yield
    finally:
        subprocess.run(["ip", "route", "del", *route], check=True)  # noqa: S603, S607 - in a network namespace


@attrs.frozen
class Row:
    """A fault of the network, and what the check reports.

    Attributes:
        proxy: One of the four proxies.
        deployment: The deployment.
        network: Causes the fault during a block.
        expected: The expected report.
        seconds: The timeout of each connection; short only where no answer is expected.
    """

    proxy: str
    deployment: Deployment
    network: Callable[[], AbstractContextManager[None]]
    expected: Expected
    seconds: float = 8.0


_ONLY_443 = [("8448 ssl", "443 ssl")]
_ONLY_V4 = [("    bind :::8448", "    # bind :::8448")]
_MOVED = [(f"{HOME}. 3600 IN A {_V4}", f"{HOME}. 3600 IN A {_NOWHERE}"), (f"{HOME}. 3600 IN AAAA {_V6}", "")]
_NOBODY = Verdict.NOBODY
ROWS = {
    "port dropped": Row(
        "nginx",
        Deployment("port-8448", _ONLY_443, port=443),
        lambda: dropping(ADDRESSES, 8448),
        Expected("port-dropped", _NOBODY, (f"Port 8448 of {HOME} does not answer", "Open port 8448")),
        seconds=0.5,
    ),
    "IPv6 dropped": Row(
        "haproxy",
        Deployment("port-8448", _ONLY_V4),
        lambda: dropping([_V6], 8448),
        Expected("ipv6-dead", Verdict.EVERYBODY, (f"nothing answers at {_V6}", "AAAA")),
        seconds=3.0,
    ),
    "one address of three unreachable": Row(
        "caddy",
        Deployment(
            "port-8448",
            records=[(f"{HOME}. 3600 IN A {_V4}", f"{HOME}. 3600 IN A {_V4}\n{HOME}. 3600 IN A {_NOWHERE}")],
        ),
        lambda: unreachable(_NOWHERE),
        Expected("address-unreachable", Verdict.EVERYBODY, (HOME, _NOWHERE)),
    ),
    "address that nothing leads to": Row(
        "nginx",
        Deployment("port-8448", records=_MOVED),
        lambda: unreachable(_NOWHERE),
        Expected("address-unreachable", _NOBODY, (HOME, "no route to host", f"addresses of {HOME}")),
    ),
}


@pytest.mark.parametrize("row", ROWS)
async def test_what_does_not_answer_is_named(row: str, tmp_path: Path, testbed: Path) -> None:
    case = ROWS[row]
    with deployed(case.deployment, case.proxy, tmp_path, testbed), case.network():
        report = await checked(HOME, testbed, seconds=case.seconds)
    assert_told(report, case.expected)
