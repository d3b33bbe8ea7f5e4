"""Starts the servers of the load in separate processes, so that they do not slow down the process that is measured."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import trustme

from .flood_servers import CERTIFICATE
from .names import name_of
from .network import Network
from .servers import AUTHORITY, AUTHORITY_KEY

_ROOT = Path(__file__).parents[3]


class ServerProcess:
    """A module of this package that runs as a process and prints lines of JSON.

    Args:
        module: Its name.
        arguments: Its arguments.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"{__package__}.{module}", *arguments]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT
        )

    def read(self) -> Any:
        """Return the next value that the process prints.

        Raises:
            RuntimeError: If it has ended.
        """
        line = "" if self._process.stdout is None else self._process.stdout.readline()
        if not line:
            raise RuntimeError("a process of servers has ended")
        return json.loads(line)

    def ask(self) -> Any:
        """Write an empty line, and return what the process prints in reply."""
        if self._process.stdin is not None:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        return self.read()

    def end(self) -> None:
        """Close its input, and wait until it has ended."""
        self._process.communicate()


@attrs.frozen
class Floods:
    """Hosts that never stop sending.

    Attributes:
        network: The network with these hosts.
        process: Their process; None if there are no such hosts.
    """

    network: Network
    process: ServerProcess | None = None

    def begun(self) -> int:
        """Return how many have sent something."""
        return 0 if self.process is None else self.process.ask()


@attrs.frozen
class Testbed:
    """The servers that all scenarios share.

    Attributes:
        network: Their addresses.
        folder: The folder with the certificates.
        authority: Issues the certificates.
    """

    __test__ = False  # for pytest

    network: Network
    folder: Path
    authority: trustme.CA

    @contextmanager
    def floods(self, count: int) -> Generator[Floods]:
        """Run *count* flooding hosts during the block; each serves one connection."""
        if not count:
            yield Floods(self.network)
            return
        names = [name_of("flood", number) for number in range(count)]
        self.authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(self.folder / CERTIFICATE)
        process = ServerProcess("flood_servers", str(self.folder), str(count))
        try:
            yield Floods(attrs.evolve(self.network, floods=tuple(process.read())), process)
        finally:
            process.end()


@contextmanager
def run_testbed() -> Generator[Testbed]:
    """Run the servers during the block."""
    with TemporaryDirectory() as path:
        folder, authority = Path(path), trustme.CA()
        authority.cert_pem.write_to_path(folder / AUTHORITY)
        authority.private_key_pem.write_to_path(folder / AUTHORITY_KEY)
        process = ServerProcess("servers", str(folder))
        try:
            yield Testbed(_network(process.read(), authority.cert_pem.bytes().decode()), folder, authority)
        finally:
            process.end()


def _network(printed: dict[str, Any], authority: str) -> Network:
    places: dict[str, Any] = {name: tuple(place) for name, place in printed.items() if name != "nameserver"}
    return Network(nameserver=printed["nameserver"], authority=authority, **places)
