"""How evidence is shown: text that was cut is marked."""

from typing import Any, cast

import pytest

from matrix_resolve.check import CheckReport, Verdict

from .sample_evidence import evidence, exchange, probe


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"short", "short"),
        (b"a" * 60, "a" * 60),
        (b"a" * 61, "a" * 60 + "…"),
        ("é".encode() * 61, "é" * 60 + "…"),
        (b"\x1b" * 61, r"\x1b" * 60 + "…"),
    ],
)
def test_an_excerpt(body: bytes, shown: str) -> None:
    assert exchange("/", body=body).excerpt(60) == shown


@pytest.mark.parametrize(("length", "shown"), [(300, "a" * 300), (301, "a" * 300 + "…")])
def test_the_beginning_of_a_body(length: int, shown: str) -> None:
    """The report and the JSON show the same beginning."""
    page = exchange("/", body=b"a" * length)
    report = CheckReport("a.example", Verdict.EVERYBODY, (), evidence(probe(version=page)))
    values = report.to_dict()
    (target,) = cast("list[dict[str, Any]]", values["targets"])
    assert (page.beginning, target["version"]["body"]) == (shown, shown)
