"""Makes the trace records about a well-known document: its requests, and why it was not requested."""

import attrs

from .._util.causes import cause_of
from .._util.escaping import quoted
from ..backends.http import HttpResponse
from ..reasons import Reason
from ..trace import TraceError, TraceRecord
from .lifetimes import CurrentDelegation
from .redirects import location_of


def response_record(url: str, response: HttpResponse, seconds: float) -> TraceRecord:
    """Return the record of a request with a response."""
    location = location_of(response)
    leads = "" if location is None else f" to {quoted(location)}"
    more = " and more" if response.truncated else ""
    return TraceRecord("http", url, f"{response.status}{leads}, {len(response.body)} bytes{more}", seconds=seconds)


def failed_request_record(url: str, error: Exception, seconds: float) -> TraceRecord:
    """Return the record of a request that failed."""
    failure = TraceError(type(error).__name__, "http-failed", cause_of(error))
    return TraceRecord("http", url, error=failure, seconds=seconds)


def cancelled_request_record(url: str, seconds: float) -> TraceRecord:
    """Return the record of a request that was cancelled."""
    failure = TraceError("TimeoutError", "http-failed", "the request was cancelled")
    return TraceRecord("http", url, error=failure, seconds=seconds)


def not_requested_record(url: str, why: object, reason: Reason) -> TraceRecord:
    """Return the record of a document that was not requested.

    Args:
        url: Its URL.
        why: The reason as text, without the URL.
        reason: The reason as facts.
    """
    return TraceRecord("well-known", url, f"not requested: {why}", reason=reason)


def cached_record(hostname: str, current: CurrentDelegation) -> TraceRecord:
    """Return the record of a cached delegation, or of a failure after which the document is not requested again yet."""
    record = TraceRecord("well-known", f"well-known of {hostname}", _described(current), cached=True)
    if current.delegated is not None or current.outcome != "transient":
        return record
    because = {} if current.reason is None else {"because": current.reason}
    return attrs.evolve(record, reason=Reason.of("not-requested-yet", host=hostname, **because))


def other_worker_record(hostname: str, stored: CurrentDelegation) -> TraceRecord:
    """Return the record of a document that another worker requested at the same time."""
    record = cached_record(hostname, stored)
    answer = f"not requested, because another worker did: {record.answer}"
    return attrs.evolve(record, answer=answer, reason=Reason.of("requested-by-another-worker", host=hostname))


def _described(current: CurrentDelegation) -> str:
    if current.delegated is None:
        what = "not requested again yet" if current.outcome == "transient" else "no delegation"
        return f"{what} ({current.reason})" if current.reason else what
    return f"delegated to {current.delegated}" + (", stale" if current.stale else "")
