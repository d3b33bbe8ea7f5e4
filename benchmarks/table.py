"""The table of results."""

from statistics import median

import attrs


@attrs.frozen
class Row:
    """A line of the table.

    Attributes:
        what: What was measured.
        measured: What came out.
        limit: What should come out; empty for what has no limit.
        met: Whether it did; None for what has no limit.
    """

    what: str
    measured: str
    limit: str = ""
    met: bool | None = None


_VERDICTS = {True: "yes", False: "no", None: ""}


def line(row: Row) -> str:
    """Return *row* in Markdown."""
    return f"| {row.what} | {row.measured} | {row.limit} | {_VERDICTS[row.met]} |"


HEADER = "| what | measured | limit | met |\n|---|---|---|---|"


@attrs.frozen
class Ratios:
    """Ratios of several rounds, each of two measurements that followed each other."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """Their median."""
        return median(self.values)

    def __str__(self) -> str:
        return f"{self.middle:.2f} x ({min(self.values):.2f} to {max(self.values):.2f})"


def ratios(numerators: list[float], denominators: list[float]) -> Ratios:
    """Divide round by round."""
    return Ratios(tuple(one / other for one, other in zip(numerators, denominators, strict=True)))
