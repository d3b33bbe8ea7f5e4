"""The protocol that the module of each command implements."""

import argparse
from collections.abc import Coroutine
from typing import Any, Protocol


class Command(Protocol):
    """A module of this package that implements one command."""

    @property
    def HELP(self) -> str:  # noqa: N802 - a constant of the module
        """The description in the list of commands."""
        ...

    @property
    def DESCRIPTION(self) -> str:  # noqa: N802 - a constant of the module
        """The description in the help of the command."""
        ...

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options and arguments of this command to *parser*."""

    def prepare(self, options: argparse.Namespace) -> Coroutine[Any, Any, int]:
        """Check the options, and return a coroutine that does the work and returns the exit status.

        Raises:
            ValueError: If an argument cannot be used.
            OSError: If a file cannot be used.
            ImportError: If an extra is missing.
        """
        ...
