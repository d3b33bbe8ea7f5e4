"""The tables have each of the 166 cases once."""

from . import test_caching, test_chance, test_connecting, test_identifiers, test_steps


def test_every_case_is_there_once() -> None:
    numbers = [
        *test_steps.CASES,
        *test_chance.CASES,
        *test_connecting.CASES,
        *test_caching.CASES,
        *test_identifiers.CASES,
        *test_identifiers.ERRORS,
    ]
    assert sorted(numbers) == list(range(1, 167))
