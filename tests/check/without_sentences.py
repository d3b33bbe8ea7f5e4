"""Replace every sentence in the evidence by a code. The rules must find the same, because they read only facts."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import attrs

from matrix_resolve.check import ConnectionProblem, DnsReply, Evidence, KeyFacts, WellKnownProbe
from matrix_resolve.check._rules.evaluate import evaluate
from matrix_resolve.errors import Failure, InvalidServerName, ResolveError
from matrix_resolve.reasons import Reason
from matrix_resolve.trace import TraceError, TraceRecord

SENTENCES: Mapping[type, tuple[str, ...]] = {
    DnsReply: ("failure",),
    WellKnownProbe: ("detail",),
    ConnectionProblem: ("message", "problem"),
    KeyFacts: ("fault", "valid_until_fault", "old_fault"),
    TraceRecord: ("answer",),
    TraceError: ("sentence",),
}
"""The attributes that contain sentences."""


@attrs.frozen
class CodeOnly(Reason):
    """A reason whose sentence is its code."""

    def __str__(self) -> str:
        return self.code


def without_sentences(evidence: Evidence) -> Evidence:
    """Return *evidence* with a code in place of each sentence; an empty string stays empty."""
    return cast("Evidence", _without(evidence))


def outline(evidence: Evidence) -> tuple[object, ...]:
    """Return what the rules find, without sentences: the verdict, codes, severities and places."""
    verdict, faults = evaluate(evidence)
    found = [
        (one.code, one.diagnosis.variant, one.severity, one.only_at, [each.place for each in one.seen])
        for one in faults
    ]
    return verdict, found


def strings(value: object) -> Iterable[str]:
    """Yield every sentence in *value* that `without_sentences` would replace."""
    if isinstance(value, tuple):
        for each in cast("tuple[object, ...]", value):
            yield from strings(each)
        return
    if isinstance(value, Reason | ResolveError):
        yield str(value)
    for name, content in _attributes(value).items():
        if name not in SENTENCES.get(type(value), ()):
            yield from strings(content)
        elif isinstance(content, tuple):
            yield from cast("tuple[str, ...]", content)
        else:
            yield str(content or "")


def _attributes(value: object) -> dict[str, object]:
    kind = type(value)
    return {field.name: getattr(value, field.name) for field in attrs.fields(kind)} if attrs.has(kind) else {}


def _without(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_without, cast("tuple[object, ...]", value)))
    if isinstance(value, Reason):
        return CodeOnly(value.code, cast("Any", _without(value.facts)))
    if isinstance(value, ResolveError):
        return _error_without(value)
    attributes = _attributes(value)
    if not attributes:
        return value
    sentences = SENTENCES.get(type(value), ())
    changes = {
        name: _code(content, name) if name in sentences else _without(content) for name, content in attributes.items()
    }
    return attrs.evolve(cast("Any", value), **changes)


def _error_without(error: ResolveError) -> ResolveError:
    without = attrs.evolve(Failure.of(error), message=error.code).to_error()
    without.reason = cast("Reason | None", _without(error.reason))
    if isinstance(without, InvalidServerName):
        without.problem = without.code
    return without


def _code(content: object, name: str) -> object:
    if isinstance(content, tuple):
        return tuple(name for _ in cast("tuple[object, ...]", content))
    return content and f"{name}-code"
