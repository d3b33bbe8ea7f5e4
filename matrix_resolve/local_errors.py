"""Errors that say nothing about a host: they are this machine's own."""

import errno
import socket

OF_THIS_MACHINE = frozenset(
    {
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.EADDRNOTAVAIL,
    }
)
"""No descriptors, no memory, no network, no address to send from."""


def socket_error() -> OSError | None:
    """Return the error with which this machine refuses to open a socket, or None."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as error:
        return error
    return None
