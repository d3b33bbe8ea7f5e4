"""Files of names for the command line, and the summary that it prints about them."""

import re
from pathlib import Path

ALLOW = ("--allow", "192.0.2.0/24")
SUMMARY = re.compile(r"(\d+) names? in \d+\.\d\d s, \d+\.\d per second\n((?: +\d+  .*\n)*)")
RESOLVED = "192.0.2.{0}: step 1, at 192.0.2.{0}:8448\n"


def file_of(directory: Path, *lines: str | bytes) -> str:
    """Write the lines unchanged to a file, and return its path."""
    file = directory / "names.txt"
    file.write_bytes(b"".join(line.encode() if isinstance(line, str) else line for line in lines))
    return str(file)


def counts_in(errors: str) -> tuple[int, dict[str, int]]:
    """Return the numbers in the summary. *errors* must contain nothing else."""
    summary = SUMMARY.fullmatch(errors)
    assert summary is not None, errors
    rows = dict(row.strip().split("  ", 1)[::-1] for row in summary[2].splitlines())
    return int(summary[1]), {what: int(number) for what, number in rows.items()}
