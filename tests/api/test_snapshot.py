"""The snapshot of the public API, and that it covers every module that users are shown."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.docs.pages import PAGES, ROOT, blocks

from .snapshot import PACKAGE, SNAPSHOT, public_api, public_names

SHOWN = [
    *(block for page in PAGES for language, block in blocks(page) if language in {"python", "py"}),
    *(file.read_text() for file in sorted((ROOT / "examples").glob("*.py"))),
]


def test_the_public_api_is_the_one_that_was_agreed_on() -> None:
    """After an intended change, run ``python -m tests.api.snapshot``; CONTRIBUTING.md says what else it needs."""
    assert public_api() == SNAPSHOT.read_text()


def imports_in(code: str) -> Iterator[tuple[str, str]]:
    """Yield the modules of this package that *code* imports from, with the name, or an empty string."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.ImportFrom(module=str(module)):
                yield from ((module, alias.name) for alias in node.names)
            case ast.Import():
                yield from ((alias.name, "") for alias in node.names)
            case _:
                pass


FROM_US = sorted({found for code in SHOWN for found in imports_in(code) if found[0].split(".")[0] == "matrix_resolve"})


def test_users_are_shown_imports() -> None:
    assert len(FROM_US) > 40


@pytest.mark.parametrize(("module", "name"), FROM_US)
def test_what_users_are_shown_to_import_is_public(module: str, name: str) -> None:
    assert name in {"", *public_names()[module]}


def paths_in_text() -> set[str]:
    """Return the dotted paths into this package that documentation and examples name. The changelog also names old ones."""
    pages = [page.read_text() for page in PAGES if page.name != "CHANGELOG.md"]
    found = {path for text in [*pages, *SHOWN] for path in re.findall(r"(?<![\w./])matrix_resolve(?:\.\w+)+", text)}
    there = {file.stem for file in PACKAGE.iterdir()}
    return {path for path in found if path.split(".")[1] in there}  # the others are names of metrics


@pytest.mark.parametrize("path", sorted(paths_in_text()))
def test_what_users_are_shown_to_name_is_public(path: str) -> None:
    module, _, name = path.rpartition(".")
    public = public_names()
    assert path in public or name in public.get(module, ())
