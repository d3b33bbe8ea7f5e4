"""The world: a name server and an HTTPS server on loopback, in a process of their own, as near or far as is wanted."""

from .handle import Counts, World

__all__ = ["Counts", "World"]
