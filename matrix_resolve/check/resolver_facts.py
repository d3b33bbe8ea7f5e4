"""The facts that the rules need from values of the resolver whose only account of them is a sentence.

Each function here reads sentences of one kind, and says which field it will read once the value has one. No rule reads a sentence.
"""

import attrs

from .._well_known.state import WellKnownEvent
from ..backends.dns import RecordType
from ..errors import ResolveError
from ..models import ResolutionWarning
from .evidence import Evidence
from .exchanges import Trouble

_TYPES: tuple[RecordType, ...] = ("AAAA", "A")


@attrs.frozen
class WarningFacts:
    """What a warning of a resolution is about.

    Attributes:
        host: The host or DNS name.
        record_types: The types of the address queries that failed.
        sentence: What happened, for the finding that reports it.
    """

    host: str
    record_types: tuple[RecordType, ...]
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
    # Will read ResolutionWarning.host, .record_types and .reason.
    message = warning.message.partition("; it is taken")[0]
    if warning.code == "srv-target-is-cname":
        return WarningFacts(message.removeprefix("the SRV target ").partition(" ")[0], (), message)
    failed = tuple[RecordType, ...](each for each in _TYPES if f"the {each} question" in message)
    return WarningFacts(message.partition(": ")[0], failed, message)


def facts_of_error(error: ResolveError) -> ErrorFacts:
    """Return what *error* says."""
    # Will read ResolveError.reason (the cause without name and step) and InvalidServerName.instead.
    message = str(error).removeprefix(f"{error.server_name}: ").replace(" (server_name_of() does that)", "")
    if message.startswith("step "):
        message = message.partition(": ")[2]
    sentence, _, instead = message.partition("; pass ")
    return ErrorFacts(sentence, instead.removeprefix("only host and port, "))


def reason_of_fetch(event: WellKnownEvent) -> str:
    """Return the reason for a result as a code; empty if the rules need none (`WellKnownProbe.reason` lists the codes)."""
    # Will read WellKnownEvent.reason (FetchResult.reason).
    for ending, reason in _ENDINGS:
        if event.detail.endswith(ending):
            return reason
    if event.outcome == "delegated" and "several times" in event.detail:
        return "ambiguous"
    return "not-json" if event.outcome == "invalid" and " is not JSON; it begins with " in event.detail else ""


_ENDINGS = (
    (" which is not https and is not followed", "redirect-insecure"),
    (" redirects in a circle", "redirect-endless"),
    (" redirects", "redirect-endless"),
)


def cause_of(trouble: Trouble) -> str:
    """Return what happened, without what has to be changed."""
    # Will read the cause that describe_failure() returns apart from the repair.
    return trouble.message.partition(";")[0]
