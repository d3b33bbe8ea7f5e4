"""The output of ``matrix-resolve --json`` has exactly the keys in docs/reference/resolution.schema.json."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from matrix_resolve import ResolveError, Unresolved
from matrix_resolve.check import check_server
from matrix_resolve.cli.resolution_text import as_json
from matrix_resolve.testing import LoopbackFederation
from tests.docs.pages import DOCS
from tests.spec.testbed import Testbed

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


async def _failed(name: str) -> tuple[Any, Any, ResolveError]:
    """Return the error objects of resolve and check, and the error itself."""
    testbed = Testbed("dead.example A SERVFAIL", "dead.example AAAA SERVFAIL")
    async with testbed.resolver() as resolver:
        with pytest.raises(ResolveError) as caught:
            await resolver.resolve(name)
        report = await check_server(resolver, name)
    return json.loads(as_json(Unresolved(name, caught.value)))["error"], report.to_dict()["error"], caught.value


@pytest.mark.parametrize("name", ["dead.example:1", "no.example", "a b", "x.onion", "10.0.0.1"])
async def test_an_error_says_whether_and_when_to_try_again(name: str) -> None:
    of_resolve, of_check, error = await _failed(name)
    assert of_resolve["is_temporary"] is of_check["is_temporary"] is error.is_temporary is name.startswith("dead")
    assert of_resolve["retry_at"] == error.retry_at
    assert (of_check["retry_at"] is None) is (error.retry_at is None) is (" " in name)


def test_the_keys_of_an_error_are_required() -> None:
    line = json.loads(as_json(Unresolved("a", ResolveError("why", code="no-address"))))
    for key in ("is_temporary", "retry_at"):
        error = {name: value for name, value in line["error"].items() if name != key}
        assert not VALIDATOR.is_valid({**line, "error": error})
