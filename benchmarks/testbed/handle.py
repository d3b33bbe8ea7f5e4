"""Starts the process of the testbed, and talks to it."""

import json
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import attrs

from .dns_replies import SILENT_ADDRESS

ROOT = Path(__file__).parents[2]


@attrs.frozen
class Counts:
    """What the testbed was asked.

    Attributes:
        questions: DNS questions.
        requests: Well-known requests.
    """

    questions: int
    requests: int


class Testbed:
    """A testbed in a process of its own, which ends with the ``with`` block.

    Args:
        round_trip: Seconds that a DNS question takes, a TCP connection, a TLS handshake, an HTTP request.
        real_ports: True to listen where clients look; for a network namespace that has the testbed's address.

    Attributes:
        round_trip: Same.
        dns_port: Where the name server listens, on loopback.
        https_port: Where the HTTPS server listens.
        authority: The certificate to trust, PEM.
        nameserver: The name server as address and port.
        context: Trusts the authority.
    """

    def __init__(self, *, round_trip: float = 0.0, real_ports: bool = False) -> None:
        self.round_trip = round_trip
        self._options = ["--round-trip", str(round_trip), *(["--real-ports"] if real_ports else [])]

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "benchmarks.testbed", *self._options]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        answer = self._receive()
        self.dns_port: int = answer["dns_port"]
        self.https_port: int = answer["https_port"]
        self.authority: str = answer["authority"]
        self.nameserver = f"127.0.0.1:{self.dns_port}"
        self.context = ssl.create_default_context(cadata=self.authority)
        self._silent_port: int = answer["silent_port"]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def connect_to(self, ip: str, _port: int) -> tuple[str, int]:
        """Return the address and port on loopback that stand for *ip*."""
        return "127.0.0.1", self._silent_port if ip == SILENT_ADDRESS else self.https_port

    def take_counts(self) -> Counts:
        """Return what was asked since the last call."""
        if self._process.stdin is not None:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        counts = self._receive()
        requests = counts.pop("well-known", 0)
        return Counts(questions=sum(counts.values()), requests=requests)

    def _receive(self) -> dict[str, Any]:
        line = "" if self._process.stdout is None else self._process.stdout.readline()
        if not line:
            raise RuntimeError("the testbed has ended")
        received: dict[str, Any] = json.loads(line)
        return received
