"""The command line: ``matrix-resolve NAME...`` and the other commands. Each command has its own file here."""

from .app import main

__all__ = ["main"]
