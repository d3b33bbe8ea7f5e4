from pathlib import Path

import pytest

from .rendered import PAGES, rendered


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_show_the_rules_and_rows_as_they_are(page: Path) -> None:
    """After an intended change, rewrite the pages with ``python -m tests.spec.rendered``."""
    assert page.read_text() == rendered(page)
    assert all(f"<!-- {name} begin" in page.read_text() for name in PAGES[page])
