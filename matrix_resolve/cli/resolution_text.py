"""The outcome of a resolution as several lines of text, as JSON, or as one line."""

import json
from collections.abc import Iterable, Sequence

from .._util.escaping import printable, quoted
from ..discovery.steps import SKIPPED_LOOKUPS
from ..errors import AddressBlocked, InvalidServerName, ResolveError
from ..models import Resolution
from ..resolve_many import NameOutcome
from ..trace import TraceRecord
from .output import LONGEST_LINE


def as_json(outcome: NameOutcome) -> str:
    """Return the outcome as one JSON object. It is ASCII, so nothing needs escaping."""
    name, result = outcome.server_name, outcome.result
    if isinstance(result, Resolution):
        return json.dumps(result.to_dict())
    error = {"kind": type(result).__name__, "code": result.code, "message": error_text(result)}
    return json.dumps({"server_name": name, "error": error, "trace": [record.to_dict() for record in result.trace]})


def error_text(error: ResolveError) -> str:
    """Return the message of *error*, with advice for the command line instead of that for Python programs."""
    if isinstance(error, AddressBlocked) and error.reason is not None:
        step = f"step {error.step}: " if error.step else ""
        options = " ".join(f"--allow {ip}" for ip, _ in error.refused)
        return f"{error.server_name}: {step}{error.reason}; to allow {'them' if len(error.refused) > 1 else 'it'}, use {options}"
    if isinstance(error, InvalidServerName) and error.suggestion:
        return f"{error.problem}; pass {quoted(error.suggestion)}"
    return str(error)


def as_line(outcome: NameOutcome) -> str:
    """Return the outcome as one escaped line: the step and the first target, or the error."""
    return printable(f"{outcome.server_name}: {_in_short(outcome)}", limit=LONGEST_LINE)


def _in_short(outcome: NameOutcome) -> str:
    name, result = outcome.server_name, outcome.result
    if isinstance(result, ResolveError):
        return f"not resolved: {error_text(result).removeprefix(f'{name}: ')} [{result.code}]"
    first, *others = result.targets
    delegated = f", delegated to {result.delegated}" if result.delegated else ""
    more = f" and {len(others)} more" if others else ""
    return f"step {result.step}{delegated}, at {first.endpoint}{more}"


def as_text(outcome: NameOutcome) -> Iterable[str]:
    """Return the outcome as lines: the lookups, those that were skipped, the targets and the warnings."""
    result = outcome.result
    yield outcome.server_name
    if not isinstance(result, InvalidServerName):
        yield from _lookups(result.trace)
    if isinstance(result, ResolveError):
        yield f"  not resolved: {error_text(result)} [{result.code}]"
        return
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
