"""The journal of a resolution: its records are bounded in number and in length."""

from matrix_resolve import TraceRecord
from matrix_resolve._notes import LOOKUPS_KEPT, WARNINGS_KEPT, Journal
from matrix_resolve.reasons import Reason
from matrix_resolve.trace import TraceError


def _codes(journal: Journal) -> list[str]:
    return [warning.code for warning in journal.warnings]


def test_a_warning_is_given_once_for_each_code_and_host() -> None:
    journal = Journal()
    for code, host, problem in [("a", "x", "1"), ("a", "x", "2"), ("b", "x", "3"), ("a", "y", "4")]:
        journal.warn(code, host, Reason(problem))
    assert [warning.reason.code for warning in journal.warnings] == ["1", "3", "4"]
    assert journal.cut == set()


def test_warnings_are_cut() -> None:
    journal = Journal()
    for number in [*range(WARNINGS_KEPT + 9), *range(WARNINGS_KEPT + 9)]:
        journal.warn("a", str(number), Reason.of("srv-target-followed", host="x" * 9_999))
    *kept, last = journal.warnings
    assert (len(kept), max(len(warning.message) for warning in kept)) == (WARNINGS_KEPT, 501)
    assert (last.code, last.message, journal.cut) == (
        "warnings-cut",
        "and 9 more, which are not kept",
        {"warnings-cut"},
    )


def test_warnings_about_bounds_take_the_place_of_others() -> None:
    journal = Journal()
    for number in range(WARNINGS_KEPT):
        journal.warn("a", str(number), Reason("x"))
    journal.note_cut("targets-cut", Reason("targets-cut"))
    journal.note_cut("too-many-addresses")
    assert _codes(journal) == ["a"] * (WARNINGS_KEPT - 1) + ["targets-cut", "warnings-cut"]
    assert journal.warnings[-1].message == "and 1 more, which are not kept"
    assert journal.cut == {"targets-cut", "too-many-addresses", "warnings-cut"}


def test_a_trace_is_cut() -> None:
    heard: list[TraceRecord] = []
    journal = Journal(heard.append)
    for number in range(LOOKUPS_KEPT + 5):
        journal.note(TraceRecord("dns", str(number), ""))
    assert len(heard) == journal.lookups == LOOKUPS_KEPT + 5
    assert [record.question for record in journal.trace] == [*map(str, range(LOOKUPS_KEPT)), "further lookups"]
    assert journal.trace[-1].answer == "5 more, which are not kept"
    assert [record.question for record in journal.first_lookups(2)] == ["0", "1", "further lookups"]
    assert journal.first_lookups(2)[-1].answer == f"{LOOKUPS_KEPT + 3} more, which are not kept"
    assert (_codes(journal), journal.cut) == (["trace-cut"], {"trace-cut"})


def test_a_trace_that_is_not_cut_says_nothing_of_it() -> None:
    journal = Journal()
    journal.include(TraceRecord("dns", str(number), "") for number in range(LOOKUPS_KEPT))
    assert (len(journal.trace), journal.first_lookups(LOOKUPS_KEPT), journal.cut) == (
        LOOKUPS_KEPT,
        journal.trace,
        set(),
    )


def test_texts_of_a_trace_are_cut() -> None:
    journal = Journal()
    journal.note(TraceRecord("http", "q" * 9_999, "a" * 9_999))
    journal.note(TraceRecord("http", "q", error=TraceError("OSError", "http-failed", "s" * 9_999)))
    first, second = journal.trace
    assert (first.question, first.answer) == ("q" * 500 + "…", "a" * 500 + "…")
    assert (second.question, second.answer) == ("q", None)
    assert second.error == TraceError("OSError", "http-failed", "s" * 500 + "…")
