"""A Redis server on a socket in a folder. Tests can kill, pause, fill and restart it."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PROGRAM = shutil.which("redis-server")


class RedisServer:
    """Runs during a ``with`` block.

    Args:
        folder: The folder for its socket.
        options: More options of the command, such as ``"--maxmemory", "1mb"``.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = str(folder / "redis.sock")
        self._options = options
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start the server empty, and wait until it answers."""
        command = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen([*command, *self._options], stdout=subprocess.DEVNULL)  # noqa: S603 - no input from outside
        for _ in range(500):
            if self._answers():
                return
            assert self._process.poll() is None, "redis-server ended too early"
            time.sleep(0.02)
        raise AssertionError("redis-server does not answer")

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(self.socket)
                connection.sendall(b"PING\r\n")
                return connection.recv(100) == b"+PONG\r\n"
        except OSError:
            return False

    def kill(self) -> None:
        """Kill the server, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def pause(self) -> None:
        """Stop the process, so that it does not answer. Connections stay open."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
