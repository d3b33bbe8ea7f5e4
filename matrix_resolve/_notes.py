"""The notes of one resolution: its trace, its warnings, and how long its result may be used.

Untrusted servers determine how many lookups and warnings a resolution causes. So the number of trace records and warnings is limited, and so is
the length of their strings.
"""

import math
from collections.abc import Callable, Iterable
from typing import Final

import attrs

from ._util.escaping import shortened
from .applied_overrides import AppliedOverride
from .reasons import LimitWarning, Reason, ResolutionWarning, WarningCode
from .trace import TraceError, TraceRecord

WARNINGS_KEPT = 50
"""Warnings of one resolution. They are kept with it, for up to ``max_cached_names`` names."""

LOOKUPS_KEPT = 100
"""Trace records of one resolution. Ten redirects, both SRV names and the hosts of eight targets take 53 lookups."""

PENDING_KEPT = 8
"""Pending lookups of one resolution that timed out. A resolution makes up to 16 queries at the same time."""

TRACE_CUT: Final = "trace-cut"
WARNINGS_CUT: Final = "warnings-cut"

_OWN: tuple[LimitWarning, ...] = (TRACE_CUT, WARNINGS_CUT)
"""The codes of the limits of the notes themselves."""

_LONGEST = 500
"""Characters of one string. The longest DNS name has 253, and the reason from a backend has at most 200."""


@attrs.define
class ResolutionNotes:
    """The notes of one resolution, or of one well-known request that several resolutions share.

    Attributes:
        on_lookup: Called with each trace record as it is made, or None.
        lookups: How many lookups were made.
        expires_at: The earliest expiry of all answers that were used.
        refresh_at: The earliest time at which one of these answers becomes due for refresh.
        degraded: True if a DNS query failed, and the work continued without its answer.
        stale: True if a delegation was used beyond its lifetime.
        first_error: The first exception of a backend, or None.
        pending: The lookups that had not ended when the work was cancelled, at most `PENDING_KEPT`.
    """

    on_lookup: Callable[[TraceRecord], None] | None = None
    lookups: int = 0
    expires_at: float = math.inf
    refresh_at: float = math.inf
    degraded: bool = False
    stale: bool = False
    first_error: Exception | None = None
    pending: tuple[str, ...] = ()
    _records: list[TraceRecord] = attrs.field(factory=list[TraceRecord], init=False)
    _warnings: dict[tuple[WarningCode, str], ResolutionWarning] = attrs.field(
        factory=dict[tuple[WarningCode, str], ResolutionWarning], init=False
    )
    _left_out: set[tuple[WarningCode, str]] = attrs.field(factory=set[tuple[WarningCode, str]], init=False)
    _overrides: dict[AppliedOverride, None] = attrs.field(factory=dict[AppliedOverride, None], init=False)
    _cut: dict[LimitWarning, Reason | None] = attrs.field(factory=dict[LimitWarning, "Reason | None"], init=False)

    @property
    def trace(self) -> tuple[TraceRecord, ...]:
        """The lookups that were made and are kept, in order."""
        return self.first_lookups(LOOKUPS_KEPT)

    def first_lookups(self, at_most: int) -> tuple[TraceRecord, ...]:
        """Return the first lookups, followed by a record that says how many more were made, if any."""
        kept = tuple(self._records[:at_most])
        more = self.lookups - len(kept)
        return (*kept, TraceRecord(TRACE_CUT, "further lookups", f"{more} more, which are not kept")) if more else kept

    def add(self, record: TraceRecord) -> None:
        """Add a lookup, and call *on_lookup* with it."""
        if len(record.question) > _LONGEST or len(record.answer or "") > _LONGEST or record.error is not None:
            record = _bounded(record)
        self.include((record,))
        if self.on_lookup is not None:
            self.on_lookup(record)

    def include(self, trace: Iterable[TraceRecord], warnings: Iterable[ResolutionWarning] = ()) -> None:
        """Add lookups and warnings from other notes. What they left out has already been counted there."""
        for record in trace:
            self.lookups += 1
            if self.lookups <= LOOKUPS_KEPT:
                self._records.append(record)
        for warning in warnings:
            if warning.code not in {TRACE_CUT, WARNINGS_CUT}:
                self._add_warning(warning)

    def apply(self, override: AppliedOverride) -> None:
        """Record that *override* determines the result, also in the trace."""
        self.depend_on((override,))
        self.add(override.record)

    def depend_on(self, overrides: Iterable[AppliedOverride]) -> None:
        """Record that the result depends on *overrides*."""
        self._overrides.update(dict.fromkeys(overrides))

    @property
    def overrides(self) -> tuple[AppliedOverride, ...]:
        """The overrides on which the result depends, in the order in which they were applied."""
        return tuple(self._overrides)

    def add_pending(self, lookups: Iterable[str]) -> None:
        """Record that *lookups* had not ended when the work was cancelled."""
        known = dict.fromkeys((*self.pending, *(shortened(each, limit=_LONGEST) for each in lookups)))
        self.pending = tuple(known)[:PENDING_KEPT]

    def warn(self, code: WarningCode, host: str, reason: Reason) -> None:
        """Add a warning, unless there already is one with this code about this host.

        Args:
            code: The code.
            host: The host or name that the warning is about.
            reason: What is wrong, as facts.
        """
        self._add_warning(ResolutionWarning(code, host, reason))

    def _add_warning(self, warning: ResolutionWarning) -> None:
        key = warning.code, warning.host
        if key in self._warnings:
            return
        if len(self._warnings) < WARNINGS_KEPT:
            self._warnings[key] = warning
        else:
            self._left_out.add(key)

    def note_cut(self, code: LimitWarning, reason: Reason | None = None) -> None:
        """Record that a limit was exceeded.

        Args:
            code: The code of the warning about it.
            reason: What was cut off. Its warning is kept even if there are many others. None if `warn` is called for it.
        """
        self._cut[code] = reason

    @property
    def warnings(self) -> tuple[ResolutionWarning, ...]:
        """At most `WARNINGS_KEPT` warnings, followed by one that says how many more there were, if any."""
        return self.first_warnings(WARNINGS_KEPT)

    def first_warnings(self, at_most: int) -> tuple[ResolutionWarning, ...]:
        """Return the first warnings, followed by one that says how many more there were, if any."""
        about_cuts = [
            ResolutionWarning(code, reason.text("host"), reason) for code, reason in self._cut.items() if reason
        ]
        if self.lookups > LOOKUPS_KEPT:
            about_cuts.append(_about(TRACE_CUT, count=self.lookups, kept=LOOKUPS_KEPT))
        kept = [*self._warnings.values()][: max(0, at_most - len(about_cuts))]
        more = len(self._warnings) - len(kept) + len(self._left_out)
        last = [_about(WARNINGS_CUT, count=more)] if more else []
        return (*kept, *about_cuts, *last)

    @property
    def cut(self) -> set[LimitWarning]:
        """The codes of the limits that were exceeded."""
        if not self._cut and self.lookups <= LOOKUPS_KEPT and len(self._warnings) < WARNINGS_KEPT:
            return set()
        known = {each.code for each in self.warnings}
        return {*self._cut, *(code for code in _OWN if code in known)}

    def limit_lifetime(self, expires_at: float, refresh_at: float) -> None:
        """Limit the lifetime of the result to that of an answer that it depends on."""
        self.expires_at = min(self.expires_at, expires_at)
        self.refresh_at = min(self.refresh_at, refresh_at)


def _about(code: LimitWarning, **facts: int) -> ResolutionWarning:
    """Return a warning about this resolution as a whole."""
    return ResolutionWarning(code, "", Reason.of(code, **facts))


def _bounded(record: TraceRecord) -> TraceRecord:
    """Cut the strings of *record* that are too long: a redirect's URL may have any length."""
    error, texts = record.error, (record.question, record.answer or "", record.error.sentence if record.error else "")
    question, answer, sentence = (shortened(text, limit=_LONGEST) for text in texts)
    return attrs.evolve(
        record,
        question=question,
        answer=None if record.answer is None else answer,
        error=None if error is None else TraceError(error.kind, error.code, sentence),
    )
