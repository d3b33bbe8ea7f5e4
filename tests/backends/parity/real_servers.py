"""Send the same queries to real servers: unbound, BIND, dnsmasq, knot-resolver and systemd-resolved.

Each of them is tested alone and behind a first name server that is broken: ``ADDRESSES='127.0.1.2 127.0.1.13'
tests/system/namespace.sh python -m tests.backends.parity.real_servers FILE``.
"""

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from .mounts import mount_empty_run, mount_over_etc
from .real_configurations import (
    ADDRESSES,
    BROKEN,
    COMMANDS,
    LARGE,
    SILENT,
    write_configurations,
    write_etc,
)
from .row import NONE, Row
from .run import run_groups

_START = 15.0
_LINK = (
    "link add ours type veth peer name theirs",
    "address add 198.18.0.1/24 dev ours",
    "link set ours up",
    "link set theirs up",
)
"""Commands of ``ip``: systemd-resolved sends no queries while loopback is the only link."""
_QUESTIONS = (
    ("A", "a.example", "192.0.2.1"),
    ("AAAA", "aaaa.example", "2001:db8::1"),
    ("SRV", "_matrix-fed._tcp.srv.example", "10 5 8448 target.example"),
    ("A", "alias.example", "192.0.2.1"),
    ("A", "long-alias.example", "192.0.2.1"),
    ("A", "missing.example", NONE),
    ("AAAA", "a.example", NONE),
    ("SRV", "a.example", NONE),
    ("A", "large.example", ", ".join(sorted(LARGE))),
)


def rows() -> Iterator[Row]:
    """Yield a row for each query, real server, and broken server before it."""
    for server, address in ADDRESSES.items():
        for broken, first in BROKEN.items():
            lines = [*([first] if first else []), address]
            text = "".join(f"nameserver {line}\n" for line in lines)
            for kind, name, right in _QUESTIONS:
                key = f"{server} {broken} {kind} {name}"
                yield Row(key, broken, {}, (right,), kind, name=name, resolv_conf=text)  # type: ignore[arg-type] # a RecordType


@contextlib.contextmanager
def servers() -> Generator[None]:
    """Run all servers during the block."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as etc, contextlib.ExitStack() as stack:
        directory = Path(name)
        write_configurations(directory)
        write_etc(Path(etc))
        mount_over_etc(Path(etc))
        mount_empty_run()
        Path("/run/systemd").mkdir()
        for line in _LINK:
            subprocess.run(["ip", *line.split(" ")], check=True)  # noqa: S603, S607 - constants
        silent = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        silent.bind((SILENT, 53))
        for key, command in COMMANDS.items():
            log = stack.enter_context((directory / f"{key}.log").open("wb"))
            arguments = [part.format(directory=directory) for part in command]
            process = subprocess.Popen(arguments, stdout=log, stderr=log, cwd=directory)  # noqa: S603 - constants
            stack.callback(_stop, process)
        for key, address in ADDRESSES.items():
            _wait_for(key, address, directory)
        yield


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _wait_for(key: str, address: str, directory: Path) -> None:
    """Wait until a server answers.

    Raises:
        SystemExit: If it does not.
    """
    question, end = dns.message.make_query("a.example.", "A"), time.monotonic() + _START
    while time.monotonic() < end:
        with contextlib.suppress(OSError, dns.exception.DNSException):
            if dns.query.udp(question, address, timeout=0.5).answer:
                return
        time.sleep(0.1)
    sys.exit(f"{key} does not answer:\n{(directory / f'{key}.log').read_text(errors='replace')[-3000:]}")


def main() -> None:
    """Start the servers, run all rows, and write the outcomes to a file."""
    with servers():
        outcomes = run_groups(list(rows()))
    Path(sys.argv[1]).write_text(json.dumps(outcomes, indent=1))


if __name__ == "__main__":
    main()
