"""The testbed: a name server and an HTTPS server on loopback, in a process of their own, as near or far as is wanted."""

from .handle import Counts, Testbed

__all__ = ["Counts", "Testbed"]
