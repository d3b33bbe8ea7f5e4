"""Places on loopback where nobody is at home: connections are refused, get no answer, or never come about."""

import socket
from typing import Literal

Death = Literal["refuse", "hang", "drop"]
"""Refuse connections; accept them and say nothing; let their packets vanish."""

_FILLERS = 2  # more than a queue of length 0 takes


class DeadEnds:
    """One place for each `Death`."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        refusing = self._bound()
        hanging = self._bound()
        hanging.listen(1024)
        dropping = self._bound()
        dropping.listen(0)
        self._places: dict[Death, tuple[str, int]] = {
            "refuse": refusing.getsockname(),
            "hang": hanging.getsockname(),
            "drop": dropping.getsockname(),
        }
        self._fill(dropping)

    def place(self, death: Death) -> tuple[str, int]:
        """Give the address and port of a place."""
        return self._places[death]

    def close(self) -> None:
        """Give the ports back."""
        for each in self._sockets:
            each.close()

    def _bound(self) -> socket.socket:
        """Take a port: until somebody listens on it, connections to it are refused."""
        sock = socket.socket()
        self._sockets.append(sock)
        sock.bind(("127.0.0.1", 0))
        return sock

    def _fill(self, listening: socket.socket) -> None:
        """Fill the queue of a socket that accepts nobody: Linux drops the packets of all others."""
        for _ in range(_FILLERS):
            filler = socket.socket()
            self._sockets.append(filler)
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
