"""The table of results."""

from statistics import median

import attrs


@attrs.frozen
class Row:
    """A row of the table.

    Attributes:
        what: What was measured.
        measured: The result.
        limit: The goal; empty if there is none.
        met: Whether the result meets the goal; None if there is none.
    """

    what: str
    measured: str
    limit: str = ""
    met: bool | None = None


_VERDICTS = {True: "yes", False: "no", None: ""}


def line(row: Row) -> str:
    """Return *row* as a line of Markdown."""
    return f"| {row.what} | {row.measured} | {row.limit} | {_VERDICTS[row.met]} |"


HEADER = "| what | measured | limit | met |\n|---|---|---|---|"


@attrs.frozen
class Ratios:
    """The ratios of several rounds. Each compares two measurements that followed each other."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median of the ratios."""
        return median(self.values)

    def __str__(self) -> str:
        return f"{self.middle:.2f} x ({min(self.values):.2f} to {max(self.values):.2f})"


def ratios(numerators: list[float], denominators: list[float]) -> Ratios:
    """Return the ratios of each round."""
    return Ratios(tuple(one / other for one, other in zip(numerators, denominators, strict=True)))
