"""Which cached answers are acceptable."""

import pytest

from matrix_resolve._cache_mode import ANY, NOT_DUE, CacheMode


@pytest.mark.parametrize(
    ("mode", "fresh", "due"),
    [
        (ANY, True, True),
        (NOT_DUE, True, False),
        (CacheMode("bypass", 4), True, True),
        (CacheMode("bypass", 5), False, False),
        (CacheMode("bypass", 6, keeps_known=False), False, False),
    ],
)
def test_what_is_accepted_of_a_request_that_began_at_5(mode: CacheMode, fresh: bool, due: bool) -> None:  # noqa: FBT001
    assert [mode.accepts(5, is_due=is_due) for is_due in (False, True)] == [fresh, due]


def test_work_serves_all_who_came_before_it_began() -> None:
    assert CacheMode("bypass", 3, keeps_known=False).since(9) == CacheMode("bypass", 9, keeps_known=False)
    assert (ANY.since(9), NOT_DUE.since(9)) == (ANY, NOT_DUE)


def test_strictness_grows() -> None:
    modes = [ANY, CacheMode("bypass", 3), CacheMode("bypass", 3, keeps_known=False)]
    assert [mode.strictness for mode in modes] == [0, 1, 2]
    assert NOT_DUE.strictness == 0
