"""The modules whose types `python -m tests.docs.typed_blocks` checks. CI runs the type checkers."""

import ast
from pathlib import Path

import pytest

from .pages import PAGES, blocks
from .typed_blocks import awaits, module_of, write_modules


@pytest.mark.parametrize(
    ("block", "is_inside"),
    [
        ("await resolver.resolve(name)", True),
        ("async with resolver:\n    pass", True),
        ("if True:\n    async for one in outcomes:\n        pass", True),
        ("async def main():\n    await resolver.resolve(name)", False),
        ("class Client:\n    async def get(self):\n        await self.send()", False),
        ("resolver.stats()", False),
    ],
)
def test_a_block_that_awaits_becomes_part_of_a_coroutine(block: str, is_inside: bool) -> None:  # noqa: FBT001 - a table
    assert awaits(block) is is_inside


def test_a_module_holds_every_line_of_every_block(tmp_path: Path) -> None:
    written = write_modules(tmp_path)
    pages = [page for page in PAGES if any(language == "python" for language, _ in blocks(page))]
    assert len({file.name for file in written}) == len(pages) > 20
    for page in pages:
        module = module_of(page)
        ast.parse(module)
        shown = [
            line.strip() for language, block in blocks(page) if language == "python" for line in block.splitlines()
        ]
        assert [line for line in shown if line not in module and "main(" not in line] == []
