"""The output of ``matrix-resolve --json`` has exactly the keys in docs/reference/resolution.schema.json."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from matrix_resolve import ResolveError, Unresolved
from matrix_resolve.cli.resolution_text import as_json
from matrix_resolve.testing import LoopbackFederation
from tests.docs.pages import DOCS

SCHEMA: dict[str, Any] = json.loads((DOCS / "reference" / "resolution.schema.json").read_text())
CHECK: dict[str, Any] = json.loads((DOCS / "reference" / "check.schema.json").read_text())
VALIDATOR: Any = Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("name", ["example.org", "192.0.2.1", "srv.example", "nowhere.example", "@a:b", ""])
async def test_each_line_is_as_the_schema_says(name: str) -> None:
    async with LoopbackFederation() as federation:
        federation.well_known("example.org", "matrix.example.org:443")
        federation.server("matrix.example.org", port=443)
        federation.srv("srv.example", "192.0.2.1", 8448)
        async with federation.resolver() as resolver, resolver.resolve_many([name]) as outcomes:
            async for outcome in outcomes:
                VALIDATOR.validate(json.loads(as_json(outcome)))


def test_the_schema_refuses_what_it_does_not_know() -> None:
    line = json.loads(as_json(Unresolved("a", ResolveError("why", code="no-address"))))
    assert VALIDATOR.is_valid(line)
    assert not VALIDATOR.is_valid({**line, "more": 1})


def test_both_schemas_say_the_same_of_a_resolution() -> None:
    shared = SCHEMA["$defs"].keys() & CHECK["$defs"].keys()
    assert "resolution" in shared
    assert {name: SCHEMA["$defs"][name] for name in shared} == {name: CHECK["$defs"][name] for name in shared}
