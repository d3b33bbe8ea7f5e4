"""The output of ``matrix-resolve check --json`` has exactly the keys in docs/reference/check.schema.json."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from matrix_resolve.check import SCHEMA_VERSION, SEVERITIES, CheckReport, Severity, Verdict, check_server
from matrix_resolve.models import Step
from matrix_resolve.testing import LoopbackFederation, Reply
from tests.check.homeservers import KEYS_PATH, be_homeserver, key_response

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "reference" / "check.schema.json").read_text()
)
VALIDATOR: Any = Draft202012Validator(SCHEMA)
Break = Callable[[LoopbackFederation], object]


def delegate(federation: LoopbackFederation) -> None:
    be_homeserver(federation.server("matrix.example.org", port=443), "example.org")
    federation.well_known("example.org", "matrix.example.org:443", headers={"Cache-Control": "max-age=60"})


def expire(federation: LoopbackFederation) -> None:
    delegate(federation)
    federation.server("matrix.example.org", port=443, certificate="expired")
    federation.server("example.org", port=443, certificate="self-signed")


def redirect(federation: LoopbackFederation) -> None:
    moved = Reply(status=301, headers={"Location": "https://www.example.org/.well-known/matrix/server"})
    federation.server("example.org", port=443).reply("/*", moved)
    federation.server("www.example.org", port=443).reply("/*", Reply(body=b"\xff<html>"))


def lead_by_srv(federation: LoopbackFederation) -> None:
    federation.srv("example.org", "hs.example.org", 8443)
    federation.srv("example.org", "gone.example.org", 8443)
    federation.srv("example.org", "192.0.2.1", 8443)
    federation.zone.cname("hs.example.org", "machine.example.org")
    server = federation.server("machine.example.org", port=8443, names=["example.org"])
    server.reply(KEYS_PATH, Reply.json(key_response("example.org", after=lambda keys: keys.update(signatures={}))))


def answer_nothing(federation: LoopbackFederation) -> None:
    federation.server("example.org").reply("/*", Reply(status=404))
    federation.srv("example.org", ".", 0, deprecated=True)
    federation.zone.fail("_matrix-fed._tcp.example.org", "SRV")


def refuse(federation: LoopbackFederation) -> None:
    federation.server("example.org").stop()
    federation.zone.fail("example.org", "AAAA")


def do_nothing(_: LoopbackFederation) -> None:
    """Set up nothing, so that the name does not exist."""


async def report_on(arrange: Break, name: str = "example.org") -> CheckReport:
    with LoopbackFederation() as federation:
        arrange(federation)
        async with federation.resolver() as resolver:
            return await check_server(resolver, name, timeout=60)


def validate(report: CheckReport) -> None:
    """Validate a report against the schema."""
    printed = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    VALIDATOR.validate(printed)


async def test_what_works() -> None:
    report = await report_on(delegate)
    assert report.verdict is Verdict.EVERYBODY
    validate(report)


@pytest.mark.parametrize("arrange", [expire, redirect, lead_by_srv, answer_nothing, refuse, do_nothing])
async def test_what_is_broken(arrange: Break) -> None:
    report = await report_on(arrange)
    assert report.verdict is not Verdict.EVERYBODY
    validate(report)


@pytest.mark.parametrize("name", ["@alice:example.org", "exa mple.org", "", "some.onion", "198.51.100.9", "\ud800"])
async def test_names_that_lead_nowhere(name: str) -> None:
    validate(await report_on(do_nothing, name))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the schema of each object within *schema*."""
    parts = cast("dict[str, Any]", schema) if isinstance(schema, dict) else {}
    if parts.get("type") == "object":
        yield parts
    for part in parts.values():
        yield from objects(part)


def test_the_schema_cannot_lie() -> None:
    """Each object requires all the keys that the schema describes, and allows no others."""
    Draft202012Validator.check_schema(SCHEMA)
    for schema in objects(SCHEMA):
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])
        assert all(described.get("description", "").endswith(".") for described in schema["properties"].values())


def test_the_schema_knows_the_values_that_there_are() -> None:
    definitions, properties = SCHEMA["$defs"], SCHEMA["properties"]
    assert properties["schema"]["const"] == SCHEMA_VERSION
    assert properties["verdict"]["enum"] == list(Verdict)
    assert definitions["finding"]["properties"]["severity"]["enum"] == list(Severity)
    assert definitions["resolution"]["properties"]["step"]["enum"] == list(Step)
    pattern = definitions["finding"]["properties"]["code"]["pattern"]
    assert [code for code in SEVERITIES if not re.search(pattern, code)] == []
