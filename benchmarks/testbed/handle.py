"""Starts the process of the testbed and communicates with it."""

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
    """The numbers of queries and requests that the testbed received.

    Attributes:
        questions: The number of DNS queries.
        requests: The number of well-known requests.
    """

    questions: int
    requests: int


class Testbed:
    """A testbed in its own process, which ends with the ``with`` block.

    Args:
        round_trip: Seconds by which a DNS query, a TCP connection, a TLS handshake and an HTTP request are each
            delayed.
        real_ports: True to listen on the real ports. This needs a network namespace that has the testbed's address.

    Attributes:
        round_trip: The delay in seconds.
        dns_port: The port of the name server on loopback.
        https_port: The port of the HTTPS server.
        authority: The certificate of the authority, in PEM format.
        nameserver: The address and port of the name server.
        context: A client context that trusts the authority.
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
        """Return the numbers of queries and requests since the previous call."""
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
