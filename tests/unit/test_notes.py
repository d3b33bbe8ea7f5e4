"""The notes of a resolution: its records are bounded in number and in length."""

from matrix_resolve import TraceRecord
from matrix_resolve._notes import LOOKUPS_KEPT, WARNINGS_KEPT, ResolutionNotes
from matrix_resolve.reasons import Reason
from matrix_resolve.trace import TraceError


def _codes(notes: ResolutionNotes) -> list[str]:
    return [warning.code for warning in notes.warnings]


def test_a_warning_is_given_once_for_each_code_and_host() -> None:
    notes = ResolutionNotes()
    for code, host, problem in [("a", "x", "1"), ("a", "x", "2"), ("b", "x", "3"), ("a", "y", "4")]:
        notes.warn(code, host, Reason(problem))
    assert [warning.reason.code for warning in notes.warnings] == ["1", "3", "4"]
    assert notes.cut == set()


def test_warnings_are_cut() -> None:
    notes = ResolutionNotes()
    for number in [*range(WARNINGS_KEPT + 9), *range(WARNINGS_KEPT + 9)]:
        notes.warn("a", str(number), Reason.of("srv-target-followed", host="x" * 9_999))
    *kept, last = notes.warnings
    assert (len(kept), max(len(warning.message) for warning in kept)) == (WARNINGS_KEPT, 501)
    assert (last.reason, notes.cut) == (Reason.of("warnings-cut", count=9), {"warnings-cut"})
    assert last.code == "warnings-cut"


def test_warnings_about_bounds_take_the_place_of_others() -> None:
    notes = ResolutionNotes()
    for number in range(WARNINGS_KEPT):
        notes.warn("a", str(number), Reason("x"))
    notes.note_cut("targets-cut", Reason("targets-cut"))
    notes.note_cut("too-many-addresses")
    assert _codes(notes) == ["a"] * (WARNINGS_KEPT - 1) + ["targets-cut", "warnings-cut"]
    assert notes.warnings[-1].reason == Reason.of("warnings-cut", count=1)
    assert notes.cut == {"targets-cut", "too-many-addresses", "warnings-cut"}


def test_a_trace_is_cut() -> None:
    heard: list[TraceRecord] = []
    notes = ResolutionNotes(heard.append)
    for number in range(LOOKUPS_KEPT + 5):
        notes.add(TraceRecord("dns", str(number), ""))
    assert len(heard) == notes.lookups == LOOKUPS_KEPT + 5
    assert [record.question for record in notes.trace] == [*map(str, range(LOOKUPS_KEPT)), "further lookups"]
    assert notes.trace[-1].answer == "5 more, which are not kept"
    assert [record.question for record in notes.first_lookups(2)] == ["0", "1", "further lookups"]
    assert notes.first_lookups(2)[-1].answer == f"{LOOKUPS_KEPT + 3} more, which are not kept"
    assert (_codes(notes), notes.cut) == (["trace-cut"], {"trace-cut"})


def test_a_trace_that_is_not_cut_says_nothing_of_it() -> None:
    notes = ResolutionNotes()
    notes.include(TraceRecord("dns", str(number), "") for number in range(LOOKUPS_KEPT))
    assert (len(notes.trace), notes.first_lookups(LOOKUPS_KEPT), notes.cut) == (
        LOOKUPS_KEPT,
        notes.trace,
        set(),
    )


def test_texts_of_a_trace_are_cut() -> None:
    notes = ResolutionNotes()
    notes.add(TraceRecord("http", "q" * 9_999, "a" * 9_999))
    notes.add(TraceRecord("http", "q", error=TraceError("OSError", "http-failed", "s" * 9_999)))
    first, second = notes.trace
    assert (first.question, first.answer) == ("q" * 500 + "…", "a" * 500 + "…")
    assert (second.question, second.answer) == ("q", None)
    assert second.error == TraceError("OSError", "http-failed", "s" * 500 + "…")
