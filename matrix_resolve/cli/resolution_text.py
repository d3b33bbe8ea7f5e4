"""The outcome of a resolution as several lines of text, as JSON, or as one line."""

import json
from collections.abc import Iterable, Sequence

from .._util.escaping import printable
from ..discovery.steps import SKIPPED_LOOKUPS
from ..errors import InvalidServerName, ResolveError
from ..models import Resolution
from ..resolve_many import Outcome, Resolved, Unresolved
from ..trace import TraceRecord
from .error_text import error_text
from .output import LONGEST_LINE


def as_json(outcome: Outcome) -> str:
    """Return the outcome as one JSON object. It is ASCII, so nothing needs escaping."""
    if isinstance(outcome, Resolved):
        return json.dumps(outcome.resolution.to_dict())
    error = outcome.error
    values = {
        "kind": type(error).__name__,
        "code": error.code,
        "message": error_text(error),
        "is_temporary": error.is_temporary,
        "retry_at": error.retry_at,
    }
    trace = [record.to_dict() for record in error.trace]
    return json.dumps({"server_name": outcome.server_name, "error": values, "trace": trace})


def as_line(outcome: Outcome) -> str:
    """Return the outcome as one escaped line: the step and the first target, or the error."""
    return printable(f"{outcome.server_name}: {_in_short(outcome)}", limit=LONGEST_LINE)


def _in_short(outcome: Outcome) -> str:
    if isinstance(outcome, Unresolved):
        name, error = outcome.server_name, outcome.error
        return f"not resolved: {error_text(error).removeprefix(f'{name}: ')} [{error.code}]"
    result = outcome.resolution
    first, *others = result.targets
    delegated = f", delegated to {result.delegated}" if result.delegated else ""
    more = f" and {len(others)} more" if others else ""
    return f"step {result.step}{delegated}, at {first.endpoint}{more}"


def as_text(outcome: Outcome) -> Iterable[str]:
    """Return the outcome as lines: the lookups, those that were skipped, the targets and the warnings."""
    yield outcome.server_name
    yield from _text_of(outcome.resolution) if isinstance(outcome, Resolved) else _text_of_error(outcome.error)


def _text_of_error(error: ResolveError) -> Iterable[str]:
    if not isinstance(error, InvalidServerName):
        yield from _lookups(error.trace)
    yield f"  not resolved: {error_text(error)} [{error.code}]"


def _text_of(result: Resolution) -> Iterable[str]:
    yield from _lookups(result.trace)
    if result.step in SKIPPED_LOOKUPS:
        yield f"    ({SKIPPED_LOOKUPS[result.step]})"
    yield f"  step {result.step}" + (f": delegated to {result.delegated}" if result.delegated else "")
    yield "  targets, in the order in which to try them"
    widest = max(len(target.endpoint) for target in result.targets)
    for target in result.targets:
        yield f"    {target.endpoint:{widest}}  Host: {target.host_header}  TLS name: {target.tls_server_name}"
    for warning in result.warnings:
        yield f"  warning: {warning.message} [{warning.code}]"


def _lookups(trace: Sequence[TraceRecord]) -> Iterable[str]:
    yield "  lookups" if trace else "  no lookups"
    for record in trace:
        yield f"    {record}"
