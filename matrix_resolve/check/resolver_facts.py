"""Extract the facts that the rules need from the values that the resolver returns. No rule parses a sentence."""

from collections.abc import Mapping

import attrs

from .._util.escaping import quoted
from .._well_known.lifetimes import FetchResult
from ..errors import AddressBlocked, InvalidServerName, ResolveError
from ..reasons import ResolutionWarning, WarningCode
from .evidence import Evidence, WellKnownReason
from .exchanges import ConnectionProblem

_FETCH_REASONS: Mapping[str, WellKnownReason] = {
    "not-https": "redirect-insecure",
    "redirect-circle": "redirect-endless",
    "too-many-redirects": "redirect-endless",
    "not-json": "not-json",
    "m-server-repeated": "ambiguous",
}
"""The value of `WellKnownProbe.reason` for each code of a `Reason`."""


@attrs.frozen
class WarningFacts:
    """The facts of a warning of a resolution.

    Attributes:
        host: The host or DNS name.
        record_types: The types of the address queries that failed.
        sentence: What happened, as text for the finding.
    """

    host: str
    record_types: tuple[str, ...]
    sentence: str


@attrs.frozen
class ErrorFacts:
    """The facts of an error.

    Attributes:
        sentence: What is wrong, without the server name, the step and the advice.
        instead: What to pass instead, quoted, or an empty string.
    """

    sentence: str
    instead: str


def warnings_of(evidence: Evidence, code: WarningCode) -> list[WarningFacts]:
    """Return the facts of all warnings of the resolution with this code."""
    warnings = evidence.resolution.warnings if evidence.resolution else ()
    return [facts_of_warning(warning) for warning in warnings if warning.code == code]


def facts_of_warning(warning: ResolutionWarning) -> WarningFacts:
    """Return the facts of *warning*."""
    failed = [reason for reason in warning.reason.chain if reason.code == "query-failed"]
    sentence = warning.message
    if warning.reason.code == "srv-question-failed":  # the sentence without the part about what the resolver does then
        sentence = str(attrs.evolve(warning.reason, code="srv-query-failed"))
    return WarningFacts(warning.host, tuple(reason.text("record_type") for reason in failed), sentence)


def facts_of_error(error: ResolveError) -> ErrorFacts:
    """Return the facts of *error*."""
    if isinstance(error, InvalidServerName):
        return ErrorFacts(error.problem, quoted(error.suggestion) if error.suggestion else "")
    if error.reason is not None:
        return ErrorFacts(str(error.reason), "")
    message = str(error).removeprefix(f"{error.server_name}: ")
    return ErrorFacts(message.removeprefix(f"step {error.step}: "), "")


def message_of(error: ResolveError) -> str:
    """Return the message of *error* without its advice, which is for Python programs. The finding about it says what to change."""
    if isinstance(error, InvalidServerName) and error.suggestion:
        return error.problem
    if isinstance(error, AddressBlocked) and error.reason is not None:
        step = f"step {error.step}: " if error.step else ""
        return f"{error.server_name}: {step}{error.reason}"
    return str(error)


def reason_of_fetch(result: FetchResult) -> WellKnownReason:
    """Return the value of `WellKnownProbe.reason` for a result; an empty string if the rules do not need it."""
    found = result.reason.find(*_FETCH_REASONS) if result.reason is not None else None
    return "" if found is None else _FETCH_REASONS[found.code]


def cause_of(trouble: ConnectionProblem) -> str:
    """Return what happened, without advice."""
    return trouble.problem or trouble.message
