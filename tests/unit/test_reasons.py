"""Reasons carry facts, and their sentences are made when they are read."""

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import matrix_resolve
from matrix_resolve.reasons import SENTENCES, Reason

HTTP = Reason.of("not-https")
REDIRECT = Reason.of("redirect-refused", url="https://a.example/", location="http://b.example\n", because=HTTP)


def test_facts_and_reasons_behind_a_reason_are_found() -> None:
    assert [reason.code for reason in REDIRECT.chain] == ["redirect-refused", "not-https"]
    assert (REDIRECT.find("not-https"), REDIRECT.find("not-a-url", "redirect-refused")) == (HTTP, REDIRECT)
    assert REDIRECT.find("not-a-url") is None
    assert (REDIRECT.text("location"), REDIRECT.text("host")) == ("http://b.example\n", "")


def test_texts_from_the_network_are_escaped_in_a_sentence() -> None:
    assert str(REDIRECT) == (
        r'https://a.example/ redirects to "http://b.example\n", which is not followed because it is not an https URL'
    )


def test_the_first_few_of_several_reasons_are_shown() -> None:
    each = tuple(Reason.of("refused", address=f"10.0.0.{last}", rule="10.0.0.0/8") for last in range(2))
    reason = Reason.of("address-refused", host="a.example", reasons=each, total=9)
    assert str(reason) == (
        "a.example: the address policy refuses 10.0.0.0 (10.0.0.0/8), 10.0.0.1 (10.0.0.0/8) and 7 more; "
        "its other addresses are used"
    )


def test_a_code_without_a_sentence_is_shown_as_it_is() -> None:
    assert str(Reason.of("{0.__class__} {", url="https://a.example/")) == "{0.__class__} {"


def test_a_text_is_bounded() -> None:
    assert Reason.of("status", url="x" * 9_999).text("url") == "x" * 500 + "…"


def test_a_reason_is_a_value() -> None:
    assert pickle.loads(pickle.dumps(REDIRECT)) == REDIRECT  # noqa: S301 - our own
    assert {REDIRECT, pickle.loads(pickle.dumps(REDIRECT))} == {REDIRECT}  # noqa: S301 - same


def _made() -> Iterator[tuple[str, set[str]]]:
    """The code and the names of the facts of each `Reason.of` in the package with a literal code."""
    for file in Path(matrix_resolve.__path__[0]).rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Reason.of":
                code = call.args[0]
                if isinstance(code, ast.Constant):
                    yield str(code.value), {each.arg or "**" for each in call.keywords}


MADE = sorted(_made(), key=lambda each: (each[0], sorted(each[1])))


@pytest.mark.parametrize(("code", "facts"), MADE, ids=[f"{code}-{number}" for number, (code, _) in enumerate(MADE)])
def test_each_reason_that_is_made_has_the_facts_of_its_sentence(code: str, facts: set[str]) -> None:
    wanted = {name for _, name, _, _ in Formatter().parse(SENTENCES[code]) if name}
    assert "**" in facts or wanted <= facts
