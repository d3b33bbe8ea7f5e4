"""The facts that the rules need from values of the resolver: one function for each kind. No rule reads a sentence."""

import attrs

from .._util.escaping import quoted
from .._well_known.lifetimes import FetchResult
from ..errors import InvalidServerName, ResolveError
from ..models import ResolutionWarning
from .evidence import Evidence
from .exchanges import Trouble

_FETCH_REASONS = {
    "not-https": "redirect-insecure",
    "redirect-circle": "redirect-endless",
    "too-many-redirects": "redirect-endless",
    "not-json": "not-json",
    "m-server-repeated": "ambiguous",
}
"""Codes of reasons, and what `WellKnownProbe.reason` has for them."""


@attrs.frozen
class WarningFacts:
    """What a warning of a resolution is about.

    Attributes:
        host: The host or DNS name.
        record_types: The types of the address queries that failed.
        sentence: What happened, for the finding that reports it.
    """

    host: str
    record_types: tuple[str, ...]
    sentence: str


@attrs.frozen
class ErrorFacts:
    """What an error says.

    Attributes:
        sentence: What is wrong, without the server name, the step, and what to pass instead.
        instead: What to pass instead, quoted, or an empty string.
    """

    sentence: str
    instead: str


def warnings_of(evidence: Evidence, code: str) -> list[WarningFacts]:
    """Return the facts of all warnings of the resolution that have this code."""
    warnings = evidence.resolution.warnings if evidence.resolution else ()
    return [facts_of_warning(warning) for warning in warnings if warning.code == code]


def facts_of_warning(warning: ResolutionWarning) -> WarningFacts:
    """Return what *warning* is about."""
    failed = [reason for reason in warning.reason.chain if reason.code == "query-failed"]
    sentence = warning.message
    if warning.reason.code == "srv-question-failed":  # without what the resolver makes of it
        sentence = str(attrs.evolve(warning.reason, code="srv-query-failed"))
    return WarningFacts(warning.host, tuple(reason.text("record_type") for reason in failed), sentence)


def facts_of_error(error: ResolveError) -> ErrorFacts:
    """Return what *error* says."""
    if isinstance(error, InvalidServerName):
        return ErrorFacts(error.problem, quoted(error.suggestion) if error.suggestion else "")
    if error.reason is not None:
        return ErrorFacts(str(error.reason), "")
    message = str(error).removeprefix(f"{error.server_name}: ")
    return ErrorFacts(message.removeprefix(f"step {error.step}: "), "")


def reason_of_fetch(result: FetchResult) -> str:
    """Return the reason for a result as `WellKnownProbe.reason` has it; empty if the rules need none."""
    found = result.reason.find(*_FETCH_REASONS) if result.reason is not None else None
    return "" if found is None else _FETCH_REASONS[found.code]


def cause_of(trouble: Trouble) -> str:
    """Return what happened, without what has to be changed."""
    # Will read the cause that describe_failure() returns apart from the repair.
    return trouble.message.partition(";")[0]
