"""What a module with a command contains."""

import argparse
from collections.abc import Coroutine
from typing import Any, Protocol


class Command(Protocol):
    """What a module of this package holds."""

    @property
    def HELP(self) -> str:  # noqa: N802 - a constant of the module
        """What it does, in the list of commands."""
        ...

    @property
    def DESCRIPTION(self) -> str:  # noqa: N802 - same
        """What it does, in its own help."""
        ...

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options and arguments of this command."""

    def prepare(self, options: argparse.Namespace) -> Coroutine[Any, Any, int]:
        """Return the work to do, which returns the exit status.

        Raises:
            ValueError: If an argument cannot be used.
            OSError: If a file cannot be used.
            ImportError: If an extra is missing.
        """
        ...
