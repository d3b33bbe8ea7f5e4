"""Ports on loopback that do not respond: they refuse connections, accept them but send nothing, or never establish them."""

import socket
from typing import Literal

StopMode = Literal["refuse", "hang", "drop"]
"""Refuse connections; accept them and never respond; drop their packets."""

_FILLERS = 2  # connections; a queue of length 0 holds only one


class UnreachablePorts:
    """One port for each `StopMode`."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        refusing = self._bound()
        hanging = self._bound()
        hanging.listen(1024)
        dropping = self._bound()
        dropping.listen(0)
        self._places: dict[StopMode, tuple[str, int]] = {
            "refuse": refusing.getsockname(),
            "hang": hanging.getsockname(),
            "drop": dropping.getsockname(),
        }
        self._fill(dropping)

    def place(self, mode: StopMode) -> tuple[str, int]:
        """Return the address and port for a mode."""
        return self._places[mode]

    def close(self) -> None:
        """Close the ports."""
        for each in self._sockets:
            each.close()

    def _bound(self) -> socket.socket:
        """Bind a port. Connections to it are refused as long as no socket listens on it."""
        sock = socket.socket()
        self._sockets.append(sock)
        sock.bind(("127.0.0.1", 0))
        return sock

    def _fill(self, listening: socket.socket) -> None:
        """Fill the queue of a socket that accepts no connections.

        Linux then drops the packets of further connections.
        """
        for _ in range(_FILLERS):
            filler = socket.socket()
            self._sockets.append(filler)
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
