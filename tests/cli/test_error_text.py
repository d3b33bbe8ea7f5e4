"""Errors on the command line speak of its options, not of Python."""

import pytest

from matrix_resolve import InvalidServerName, ResolveError, ServerName
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


MISTAKES = {
    "@alice:example.org": "example.org",
    "https://example.org/path": "example.org",
    "HTTPS://example.org": "example.org",
    "example.org/": "example.org",
    "example.org.": "example.org",
    " example.org ": "example.org",
    " https://example.org./ ": "example.org",
    "https://user@example.org:8448/": "example.org:8448",
    "\uff45xample.org": "example.org",
    "@a:example.org/": "example.org",
    "2001:db8::1": "[2001:db8::1]",
    "example.org:99999": "",
    "https://": "",
    "a_b.example": "",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_suggestion_is_a_valid_server_name(text: str) -> None:
    with pytest.raises(InvalidServerName) as caught:
        ServerName.parse(text)
    assert caught.value.suggestion == MISTAKES[text]
    if caught.value.suggestion:
        assert ServerName.parse(caught.value.suggestion) == caught.value.suggestion
