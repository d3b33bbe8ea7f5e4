"""Errors: one class tree, attributes that survive copying and pickling, and failures as data."""

import copy
import pickle
import traceback

import attrs
import pytest

from matrix_resolve.errors import (
    AddressBlocked,
    BlockedByPolicy,
    Failure,
    FederationError,
    InvalidServerName,
    LookupFailed,
    ResolutionTimeout,
    ResolveError,
    ServerNotFound,
    ServiceNotProvided,
)
from matrix_resolve.reasons import Reason, ResolutionWarning
from matrix_resolve.trace import TraceError, TraceRecord

TRACE = (TraceRecord("dns", "example.org A", error=TraceError("DNSError", "dns-temporary", "SERVFAIL")),)

PARENTS: dict[type[ResolveError], tuple[type[Exception], ...]] = {
    ResolveError: (FederationError,),
    InvalidServerName: (ResolveError, ValueError),
    LookupFailed: (ResolveError,),
    ResolutionTimeout: (LookupFailed,),
    ServerNotFound: (ResolveError,),
    ServiceNotProvided: (ServerNotFound,),
    BlockedByPolicy: (ResolveError,),
    AddressBlocked: (BlockedByPolicy,),
}
KINDS = pytest.mark.parametrize("kind", PARENTS, ids=lambda kind: kind.__name__)


def _example(kind: type[ResolveError]) -> ResolveError:
    error = kind("step 6: nothing there", code="no-address", server_name="example.org", trace=TRACE)
    error.retry_at = 12.5
    error.warnings = (ResolutionWarning("well-known-failed", "example.org", Reason.of("status", url="u", status=500)),)
    if isinstance(error, AddressBlocked):
        error.address, error.rule = "10.0.0.1", "10.0.0.0/8 private use"
    return error


def _assert_same(again: object, error: ResolveError) -> None:
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@KINDS
def test_tree(kind: type[ResolveError]) -> None:
    assert kind.__bases__ == PARENTS[kind]
    assert not issubclass(kind, TimeoutError)


@KINDS
def test_copies_keep_everything(kind: type[ResolveError]) -> None:
    error = _example(kind)
    _assert_same(copy.copy(error), error)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        _assert_same(pickle.loads(pickle.dumps(error, protocol)), error)  # noqa: S301 - trusted bytes


def test_defaults() -> None:
    error = ResolveError("a sentence", code="no-address")
    assert (str(error), error.code, error.server_name, error.trace) == ("a sentence", "no-address", "", ())
    assert (error.is_temporary, error.retry_at, error.warnings) == (False, None, ())
    blocked = AddressBlocked("", code="address-blocked")
    assert (blocked.address, blocked.rule) == ("", "")


@KINDS
def test_a_failure_is_raised_as_a_new_error_each_time(kind: type[ResolveError]) -> None:
    failure = Failure.of(_example(kind))
    errors = [failure.to_error(), failure.to_error()]
    assert errors[0] is not errors[1]
    for error in errors:
        _assert_same(error, _example(kind))
        with pytest.raises(kind):
            raise error
    assert errors[0].__traceback__ is not errors[1].__traceback__


def test_a_failure_holds_on_to_no_frame() -> None:
    try:
        raise _example(LookupFailed)
    except LookupFailed as error:
        error.add_note("a note of the caller")
        failure = Failure.of(error)
    again = failure.to_error()
    assert again.__traceback__ is None
    assert again.__context__ is None
    assert "a note" not in "".join(traceback.format_exception(again))


def test_a_change_of_the_raised_error_does_not_reach_the_failure() -> None:
    failure = Failure.of(_example(ServerNotFound))
    failure.to_error().server_name = "changed.example"
    assert failure.to_error().server_name == "example.org"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        failure.message = "changed"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
