"""Documentation, docstrings, comments and messages avoid words that readers stumble over.

Names are not checked: identifiers, hosts and paths, the sections of an HAProxy file, the keys of dictionaries, the ids of parametrised tests,
and code in Markdown that is not Python. This file is exempt, because it contains the words.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import matrix_resolve

from .pages import PAGES, ROOT, blocks, without_blocks

WORDS = {
    r"is\s+none(?!\s+of\b)": '"is not a valid ...", because "is none" reads like the value None; "there is none" is allowed',
    r"(?i:whom)": 'a sentence in which the person or program is the subject, such as "the caller that ..."',
    r"(?i:well-knowns)": '"well-known documents", "well-known responses" or "well-known requests"',
    r"(?i:ask(?:s|ed|ing)?\s+past)": '"bypass", as in "bypass the cache"',
    r"(?i:takes\s+down)": '"records"',
    r"(?i:comes?\s+about)": '"is established" or "happens"',
    r"(?i:beside)": '"in addition to", "next to" or "compared with"',
    r"(?i:nowhere)": '"no targets", or what does not exist',
}
"""What to write instead of each word."""

BEGINNINGS = {
    "Give ": '"Return ..."',
    "Say whether ": '"Return whether ..."',
    "Tell ": '"Return ...", "Report ..." or "Log ..."',
    "Take down": '"Record ..."',
    "Judge ": '"Evaluate ..." or "Return ..."',
}
"""What to write instead of each beginning of a docstring, which starts with what the thing does or is."""

PACKAGE = Path(matrix_resolve.__file__).parent
FOLDERS = [PACKAGE, *(ROOT / name for name in ("tests", "benchmarks", "examples", "docs", ".ci/user_project"))]
MARKDOWN = [*PAGES, *sorted((ROOT / ".github").rglob("*.md"))]

_WORDS = {
    re.compile(rf"(?<!there )(?<!backend )(?<!frontend )(?<![\w.%-]){word}(?![\w-]|\.\w)"): advice
    for word, advice in WORDS.items()
}
_INLINE_CODE = re.compile(r"(`+)(?:(?!\1).)+\1")


def found_in_prose(text: str, line: int = 1) -> Iterator[str]:
    """Yield a message for each word in *text*, which begins at *line*."""
    for word, advice in _WORDS.items():
        for match in word.finditer(text):
            at = line + text.count("\n", 0, match.start())
            yield f'{at}: "{" ".join(match[0].split())}": write {advice}'


def found_in_python(source: str) -> Iterator[str]:
    """Yield a message for each word in comments, docstrings and strings, and for each beginning of a docstring."""
    tree = ast.parse(source)
    names = set(names_in(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value and node not in names:
            yield from found_in_prose(node.value, node.lineno)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield from found_in_prose(token.string, token.start[0])
    for docstring in docstrings_in(tree):
        for beginning, advice in BEGINNINGS.items():
            if str(docstring.value).startswith(beginning):
                yield f'{docstring.lineno}: "{beginning.rstrip()}": begin with {advice}'


def names_in(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the strings that are names: the keys of dictionaries, and the ids of parametrised tests."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from (key for key in node.keys if key is not None)
        elif isinstance(node, ast.keyword) and node.arg in {"id", "ids"}:
            yield from ast.walk(node.value)


def docstrings_in(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield docstrings, including the strings that follow an assignment and document it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def found_in_page(page: Path) -> Iterator[str]:
    """Yield a message for each word in a Markdown page, and in the Python code on it."""
    yield from found_in_prose(_INLINE_CODE.sub("``", without_blocks(page)))
    for language, code in blocks(page):
        if language == "python":
            yield from (f"in the Python code, line {message}" for message in found_in_python(code))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_python_files_use_plain_words(folder: Path) -> None:
    found = [
        f"{file.relative_to(folder.parent)}:{message}"
        for file in sorted(folder.rglob("*.py"))
        if file != Path(__file__)
        for message in found_in_python(file.read_text())
    ]
    assert not found, "\n".join(found)


def test_pages_use_plain_words() -> None:
    found = [f"{page.relative_to(ROOT)}:{message}" for page in MARKDOWN for message in found_in_page(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "prose",
    [
        "if it is none, it fails",
        "if it is\nnone, it fails",
        "the caller to whom it belongs",
        "two well-knowns",
        "It asked past the cache.",
        "It takes down the names.",
        "A connection comes about.",
        "beside the cache",
        "It leads nowhere.",
    ],
)
def test_words_are_found_in_prose(prose: str) -> None:
    assert len(list(found_in_prose(prose))) == 1
    assert len(list(found_in_python(f"def function():\n    '''{prose}'''"))) == 1
    assert len(list(found_in_python(f"text = '''{prose}'''"))) == 1
    assert len(list(found_in_python(f"# {' '.join(prose.split())}\n"))) == 1


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_beginnings_are_found_in_docstrings_only(beginning: str) -> None:
    assert len(list(found_in_python(f'"""{beginning} it."""'))) == 1
    assert len(list(found_in_python(f'def function():\n    """{beginning} it."""'))) == 1
    assert len(list(found_in_python(f'NAME = 1\n"""{beginning} it."""'))) == 1
    assert list(found_in_python(f'NAME = "{beginning} it."')) == []


@pytest.mark.parametrize(
    "source",
    [
        "is_beside = None",
        "# there is none, it is none of these, and it is None",
        "# besides the cache",
        "text = 'default_backend nowhere'",
        "name = 'foreign-records-beside-ours'",
        "# see foreign-records-beside-ours and nowhere.example",
        "rows = {'a name that is none': 1}",
        "pytest.param(1, id='a name that is none')",
        "parametrize('name', names, ids=['a name that is none'])",
    ],
)
def test_names_are_not_prose(source: str) -> None:
    assert list(found_in_python(source)) == []


def test_the_message_says_where_the_word_is_and_what_to_write() -> None:
    (message,) = found_in_python('"""A page.\n\nIt lies beside the cache.\n"""')
    assert message == '3: "beside": write "in addition to", "next to" or "compared with"'
