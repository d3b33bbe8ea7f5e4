"""The trace of a resolution: which lookups were made, and their results. It consists of strings and numbers only."""

import attrs


@attrs.frozen
class TraceError:
    """An error as data.

    Attributes:
        kind: The name of the exception's class, such as ``DNSError``.
        code: Stable kebab-case code, such as ``dns-temporary``.
        sentence: What happened, without the question, escaped for a terminal.
    """

    kind: str
    code: str
    sentence: str


@attrs.frozen
class TraceRecord:
    """One lookup.

    Attributes:
        kind: ``"dns"``, ``"http"``, ``"well-known"`` (a cached delegation, or a document that was not requested, with the reason as its answer), ``"resolution"`` (a cached resolution) or ``"trace-cut"`` (the last
            record, if more lookups were made than are kept).
        question: What was looked up, such as ``"_matrix-fed._tcp.example.org SRV"`` or an https URL.
        answer: The result in one line, or None if the lookup failed.
        error: Why the lookup failed, or None.
        seconds: How long the lookup took, in seconds; 0 for a cached answer.
        cached: True if the answer came from the cache, so nothing was sent.
        name: For a DNS query, the name; otherwise an empty string.
        record_type: For a DNS query, the type of record, such as ``"AAAA"``; otherwise an empty string.
        is_empty: True if the DNS has no such record.
    """

    kind: str
    question: str
    answer: str | None = None
    error: TraceError | None = None
    seconds: float = 0.0
    cached: bool = False
    name: str = ""
    record_type: str = ""
    is_empty: bool = False

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
        outcome = self.answer if self.error is None else f"failed: {self.error.sentence}"
        timing = "cached" if self.cached else f"{self.seconds * 1000:.0f} ms"
        return f"{self.question}: {outcome} ({timing})"
