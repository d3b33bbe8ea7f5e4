"""The testbed: a name server and an HTTPS server on loopback, in their own process, with an optional delay."""

from .handle import Counts, Testbed

__all__ = ["Counts", "Testbed"]
