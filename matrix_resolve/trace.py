"""The trace of a resolution: its lookups with their results, and the overrides that were applied. It contains only strings and numbers."""

from typing import Literal, TypeAlias

import attrs

from .reasons import Reason

TraceKind: TypeAlias = Literal["dns", "http", "well-known", "resolution", "override", "trace-cut"]
"""What was looked up: see `TraceRecord`."""

TraceErrorCode: TypeAlias = Literal["dns-temporary", "busy", "http-failed"]
"""Why a lookup failed: see docs/reference/errors.md."""


@attrs.frozen
class TraceError:
    """An error as data.

    Attributes:
        kind: The name of the exception's class, such as ``DNSError``.
        code: Stable kebab-case code, such as ``dns-temporary``.
        sentence: What happened, without the question, escaped for a terminal.
    """

    kind: str
    code: TraceErrorCode
    sentence: str


@attrs.frozen
class TraceRecord:
    """One lookup, or an override that was applied.

    Attributes:
        kind: ``"dns"``, ``"http"``, ``"well-known"`` (a cached delegation, or a document that was not requested, with the reason as its answer),
            ``"resolution"`` (a cached resolution), ``"override"`` (no lookup: an override was applied) or ``"trace-cut"`` (the last record, if
            more lookups were made than are kept).
        question: What was looked up, such as ``"_matrix-fed._tcp.example.org SRV"`` or an https URL.
        answer: The result in one line, or None if the lookup failed.
        error: Why the lookup failed, or None.
        seconds: How long the lookup took, in seconds; 0 for a cached answer.
        cached: True if the answer came from the cache, so nothing was sent.
        name: For a DNS query or an override, the name; otherwise an empty string.
        record_type: For a DNS query, the type of record, such as ``"AAAA"``; otherwise an empty string.
        is_empty: True if the DNS has no such record.
        reason: For a well-known document that was not requested, why, as facts; otherwise None. It is not in the JSON.
    """

    kind: TraceKind
    question: str
    answer: str | None = None
    error: TraceError | None = None
    seconds: float = 0.0
    cached: bool = False
    name: str = ""
    record_type: str = ""
    is_empty: bool = False
    reason: Reason | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the record as JSON-compatible values."""
        return {
            "kind": self.kind,
            "question": self.question,
            "answer": self.answer,
            "error": None if self.error is None else attrs.asdict(self.error),
            "seconds": self.seconds,
            "cached": self.cached,
        }

    def __str__(self) -> str:
        if self.kind == "override":
            return f"{self.question}: {self.answer}"
        outcome = self.answer if self.error is None else f"failed: {self.error.sentence}"
        timing = "cached" if self.cached else f"{self.seconds * 1000:.0f} ms"
        return f"{self.question}: {outcome} ({timing})"
