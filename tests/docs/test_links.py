"""The links of the documentation lead to files that exist."""

import re
from pathlib import Path

import pytest

from .pages import DOCS, LINK, PAGES, ROOT, name_of, without_blocks


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    targets = [link for link in LINK.findall(without_blocks(page)) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_the_security_page_names_tests_that_are_there() -> None:
    named = re.findall(r"`((?:\w+/)*\w+\.py)`", (DOCS / "explanation" / "security.md").read_text())
    assert len(named) > 10
    assert [
        file for file in named if not (ROOT / "tests" / file).exists() and not (ROOT / "examples" / file).exists()
    ] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    linked = {(DOCS / link).resolve() for link in LINK.findall((DOCS / "index.md").read_text()) if "://" not in link}
    assert set(DOCS.rglob("*.md")) - {DOCS / "index.md"} <= linked
