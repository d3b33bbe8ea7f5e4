"""The pages of the documentation, and their contents."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted(DOCS.rglob("*.md")),
]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_ROW = re.compile(r"^\| `([^`]+)` \|(?: `([^`]*)` \|)?", re.MULTILINE)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the fenced blocks of a page as (language, content) pairs."""
    return _FENCE.findall(page.read_text())


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def without_blocks(page: Path) -> str:
    """Return the text of a page with empty lines in place of its fenced blocks."""
    return _FENCE.sub(lambda block: "\n" * block[0].count("\n"), page.read_text())


def rows(page: str) -> dict[str, str]:
    """Return the first two cells of each table row that begins with code; the second one is empty if it is not code."""
    return dict(_ROW.findall((DOCS / "reference" / page).read_text()))


def tables(page: str) -> dict[str, dict[str, str]]:
    """Return the `rows` of each section by its heading, without the backticks in the heading."""
    _, *sections = re.split(r"^#+ (.+)$", (DOCS / "reference" / page).read_text(), flags=re.MULTILINE)
    headings = (heading.replace("`", "") for heading in sections[::2])
    return {heading: dict(_ROW.findall(text)) for heading, text in zip(headings, sections[1::2], strict=True)}
