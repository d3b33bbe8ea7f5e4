"""Run the command with ``python -m matrix_resolve``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
