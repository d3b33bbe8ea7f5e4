"""Makes trace records from the results of DNS queries."""

from .._notes import ResolutionNotes
from .._util.escaping import first_few
from ..trace import TraceError, TraceRecord
from .answers import CachedAnswer, FailedQuery, Query

_SHOWN = 8  # records of one answer; there may be 128


def note_answer(
    notes: ResolutionNotes, query: Query, answer: CachedAnswer, *, seconds: float = 0.0, cached: bool = False
) -> None:
    """Add the answer to a query to the trace."""
    name, record_type = query
    is_empty = not answer.addresses and not answer.srv.found
    text = f"{name} {record_type}"
    notes.add(TraceRecord("dns", text, _described(answer), None, seconds, cached, name, record_type, is_empty=is_empty))


def note_failure(notes: ResolutionNotes, query: Query, failed: FailedQuery, *, seconds: float) -> None:
    """Add a query that failed to the trace."""
    name, record_type = query
    text = f"{name} {record_type}"
    is_ours, kind = failed.is_ours, type(failed.cause).__name__
    error = (
        TraceError("ResolverBusy", "busy", failed.reason)
        if is_ours
        else TraceError(kind, "dns-temporary", failed.reason)
    )
    notes.add(TraceRecord("dns", text, error=error, seconds=seconds, name=name, record_type=record_type))
    notes.first_error = notes.first_error or failed.cause


def _described(answer: CachedAnswer) -> str:
    if answer.addresses:
        return first_few(answer.addresses, total=len(answer.addresses), at_most=_SHOWN, separator=", ")
    if not answer.srv.found:
        return "no such record"
    if not answer.srv.provided:
        return '"." (service not provided)'
    records = answer.srv.records
    shown = (f"{record.priority} {record.weight} {record.port} {record.target}" for record in records)
    return first_few(shown, total=len(records), at_most=_SHOWN, separator=", ") or "no usable record"
