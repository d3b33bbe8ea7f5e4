"""Turns DNS questions into trace records."""

from .._notes import Journal
from .._util.escaping import first_few
from ..trace import TraceError, TraceRecord
from .client import Answered, Asked, Unanswered

_SHOWN = 8  # records of one answer; there may be 128


def note_question(journal: Journal, asked: Asked) -> None:
    """Add the result of a DNS question to the trace."""
    question, outcome = " ".join(asked.question), asked.outcome
    if isinstance(outcome, Unanswered):
        kind, code = ("ResolverBusy", "busy") if outcome.is_ours else (type(outcome.cause).__name__, "dns-temporary")
        failure = TraceError(kind, code, f"{question}: {outcome.reason}")
        journal.note(TraceRecord("dns", question, error=failure, seconds=asked.seconds))
        journal.cause = journal.cause or outcome.cause
    else:
        answer = _described(outcome)
        journal.note(TraceRecord("dns", question, answer, seconds=asked.seconds, cached=asked.cached))


def _described(answer: Answered) -> str:
    if answer.addresses:
        return first_few(answer.addresses, total=len(answer.addresses), at_most=_SHOWN, separator=", ")
    if not answer.srv.found:
        return "no such record"
    if not answer.srv.provided:
        return '"." (service not provided)'
    records = answer.srv.records
    shown = (f"{record.priority} {record.weight} {record.port} {record.target}" for record in records)
    return first_few(shown, total=len(records), at_most=_SHOWN, separator=", ") or "no usable record"
