"""The table of `python -m tests.robustness`: a line for each scenario, followed by each limit that is exceeded."""

from statistics import median, quantiles

from .measure import Measured

_MIB = 1 << 20
_COLUMNS = (
    ("loop", 8),
    ("scenario", 24),
    ("honest", 7),
    ("median", 8),
    ("p99", 8),
    ("max", 8),
    ("wrong", 6),
    ("errors", 22),
    ("stop: CPU", 10),
    ("wall", 7),
    ("memory", 14),
    ("files", 6),
    ("hostile", 12),
    ("floods", 7),
    ("log", 4),
)
LEGEND = (
    "honest: names resolved, and how long they took; wrong: wrong answers; errors: temporary errors; "
    "stop: for how long the event loop ran without a pause at most; "
    "memory: resident, and its growth; files: descriptors, at most; hostile: names begun, and ended; "
    "floods: hosts that have sent something; log: lines logged as warnings or errors."
)


def header() -> str:
    """Return the column headings."""
    return _aligned([head for head, _ in _COLUMNS])


def line(loop: str, scenario: str, measured: Measured) -> str:
    """Return the line with the results of *scenario*."""
    honest, hostile, resources = measured.honest, measured.hostile, measured.resources
    return _aligned(
        [
            loop,
            scenario,
            str(len(honest.waits)),
            _milliseconds(median(honest.waits)),
            _milliseconds(quantiles(honest.waits, n=100, method="inclusive")[98]),
            _milliseconds(max(honest.waits)),
            str(len(honest.wrong)),
            ", ".join(f"{number} {code}" for code, number in honest.errors.most_common()) or "0",
            _milliseconds(measured.stop),
            _milliseconds(measured.late),
            f"{resources.memory / _MIB:.0f} +{resources.growth / _MIB:.0f} MiB",
            str(resources.descriptors),
            f"{hostile.begun} ({hostile.ended})",
            str(measured.floods),
            str(measured.logged),
        ]
    )


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:,.0f} ms"


def _aligned(cells: list[str]) -> str:
    return "  ".join(cell.ljust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True)).rstrip()
