"""The command line: ``matrix-resolve NAME...``, or a command; each has a file of its own here."""

from .app import main

__all__ = ["main"]
