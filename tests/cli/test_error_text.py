"""Errors on the command line speak of its options, not of Python."""

import json
import re

import pytest

from matrix_resolve import ResolveError
from matrix_resolve.cli import main
from matrix_resolve.cli.resolution_text import as_json, as_line, as_text
from matrix_resolve.resolve_many import Unresolved
from tests.spec.testbed import Testbed


async def _outputs(name: str, *zone: str) -> list[str]:
    async with Testbed(*zone).resolver() as resolver:
        with pytest.raises(ResolveError) as caught:
            await resolver.resolve(name)
    outcome = Unresolved(name, caught.value)
    return [as_json(outcome), as_line(outcome), "\n".join(as_text(outcome))]


async def test_all_refused_addresses_are_named_with_the_option_that_allows_them() -> None:
    for text in await _outputs("p.example:1", "p.example A 10.0.0.1", "p.example A 10.0.0.2"):
        assert "10.0.0.1 (10.0.0.0/8 private use), 10.0.0.2 (10.0.0.0/8 private use)" in text
        assert "--allow 10.0.0.1 --allow 10.0.0.2" in text
        assert "AddressPolicy" not in text


@pytest.mark.parametrize("name", ["@alice:example.org", "https://example.org/", "127.1", ""])
async def test_an_invalid_name_is_explained_without_functions(name: str) -> None:
    for text in await _outputs(name):
        assert "server_name_of" not in text
        assert "is not a valid server name" in text


BAD: dict[str, tuple[list[str], str]] = {
    "concurrency, a word": (
        ["resolve", "--from", "/dev/null", "--concurrency", "x"],
        '--concurrency: "x" is not a whole number',
    ),
    "concurrency, 0": (["resolve", "--from", "/dev/null", "--concurrency", "0"], "--concurrency is 0; "),
    "concurrency, without a file": (
        ["resolve", "--concurrency", "2", "a.example"],
        "--concurrency works only with --from",
    ),
    "file, missing": (["resolve", "--from", "no-such-file"], "no-such-file: no such file or directory"),
    "file, empty name": (["resolve", "--from", ""], "the empty name: no such file or directory"),
    "name server": (["resolve", "a.example", "--nameserver", "foo"], '--nameserver: the name server "foo"'),
    "allow": (["resolve", "a.example", "--allow", "foo"], '--allow "foo" '),
    "cafile": (["resolve", "a.example", "--cafile", "no-such-file"], '--cafile "no-such-file" '),
    "timeout, a word": (["check", "a.example", "--timeout", "x"], '--timeout: "x" is not a number of seconds'),
    "timeout, 0": (["check", "a.example", "--timeout", "0"], "--timeout is 0"),
    "timeout, NaN": (["check", "a.example", "--timeout", "nan"], "--timeout is nan"),
    "setup, a user ID": (["setup", "@a:b.example"], 'it is a user ID; pass "b.example"'),
    "setup, at a user ID": (["setup", "a.example", "--at", "@a:b.example"], 'it is a user ID; pass "b.example"'),
    "setup, backend without a port": (["setup", "a.example", "--backend", "foo"], "--backend foo needs a port"),
    "setup, backend a user ID": (["setup", "a.example", "--backend", "@a:b.example"], "--backend must be the address"),
    "setup, address": (["setup", "a.example", "--address", "foo"], "--address takes"),
    "setup, by": (["setup", "a.example", "--by", "foo"], "--by: invalid choice: 'foo' (choose from"),
    "setup, certificates": (["setup", "a.example", "--certificates", "a b"], "--certificates must be an absolute path"),
    "setup, web root": (["setup", "a.example", "--web-root", "a b"], "--web-root must be an absolute path"),
    "setup, max age": (["setup", "a.example", "--max-age", "-1"], "--max-age is -1; "),
    "setup, max age, a word": (["setup", "a.example", "--max-age", "x"], '--max-age: "x" is not a whole number'),
    "setup, write": (["setup", "a.example", "--write", "/dev/null"], "/dev/null: file exists"),
    "serve, max age": (["serve", "--delegate-to", "a.example:443", "--max-age", "-1"], "--max-age is -1; "),
    "serve, a user ID": (["serve", "--delegate-to", "@a:b.example"], 'it is a user ID; pass "b.example"'),
    "serve, listen": (
        ["serve", "--delegate-to", "a.example:443", "--listen", "x"],
        '"x" is not an address to listen on',
    ),
    "serve, certificate": (
        ["serve", "--delegate-to", "a.example:443", "--cert", "no.pem"],
        "no.pem: no such file or directory",
    ),
}
_PYTHON = re.compile(
    r"Errno|\b(?:(?:int|float|str|None|True|False)\b|value: |\w+Error|\w+Policy|\w+Resolver|max_\w+|\w+_of|\w+\(\)|\w+=)"
)
"""Types, functions, classes and arguments of Python."""


@pytest.mark.parametrize("case", BAD)
def test_bad_usage_is_explained_with_options(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, message = BAD[case]
    try:
        status = main(arguments)
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else -1
    shown = capsys.readouterr().err.splitlines()[-1]
    assert status == 2
    assert message in shown
    assert _PYTHON.findall(shown) == []


@pytest.mark.parametrize(
    "name", ["10.0.0.1", "@a:b.example", "https://b.example/", "", "x.onion", "a" * 64 + ".example"]
)
@pytest.mark.parametrize(
    "arguments", [["resolve"], ["resolve", "--json"], ["check"], ["check", "--json"], ["check", "--verbose"]]
)
def test_a_failed_name_is_explained_with_options(
    arguments: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, name]) == 1
    printed = capsys.readouterr().out
    if "--json" in arguments:
        printed = json.loads(printed)["error"]["message"]
    assert _PYTHON.findall(printed) == []
