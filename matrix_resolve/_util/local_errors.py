"""Errors that this machine causes, and that say nothing about a remote host."""

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
"""No file descriptors, no memory, no network, no source address."""


def socket_error() -> OSError | None:
    """Return the error if this machine cannot open a socket, or None if it can."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as error:
        return error
    return None
