"""What the documentation shows of the rules and of the rows: ``python -m tests.spec.rendered`` writes it into the pages, a test compares it."""

import re
from collections.abc import Iterator
from pathlib import Path

from matrix_resolve import Step
from matrix_resolve.discovery.steps import (
    DEFAULT_PORT,
    DEPRECATED_SERVICE,
    FEDERATION_SERVICE,
    ON_DELEGATED,
    ON_SERVER_NAME,
    StepNumbers,
)

from .cases_delegation import CASES as DELEGATION
from .cases_inputs import CASES as INPUTS
from .cases_names import CASES as NAMES
from .cases_srv import CASES as SRV
from .testbed import Row

DOCS = Path(__file__).parent.parent.parent / "docs"
_STEPS = [step for step in Step if step is not Step.OVERRIDE]
_BETWEEN = re.compile(r"(<!-- (\w+) begin[^>]*-->\n).*?(<!-- \2 end -->)", re.DOTALL)


def steps() -> str:
    """Draw a table with one numbered case for each step."""
    lines = [
        "| Step | Case | Server name | Published | Looked up | Target: `Host`, certificate |",
        "|---|---|---|---|---|---|",
        *(_line(step, *_first(step)) for step in _STEPS),
    ]
    return "\n".join(lines) + "\n"


def _first(step: Step) -> tuple[int, Row]:
    """Give the first case that is decided by *step*."""
    cases = sorted({**NAMES, **DELEGATION, **SRV, **INPUTS}.items())
    return next((number, row) for number, rows in cases for row in rows if row.step == step and row.policy is None)


def _line(step: Step, number: int, row: Row) -> str:
    published = [
        *([f'`"m.server": "{row.wk}"`'] if isinstance(row.wk, str) else []),
        *(f"`{line}`" for line in row.zone),
    ]
    targets = [_target(*target.split(" | ")) for target in row.targets]
    cells = [f"`{step}`", str(number), f"`{row.name}`", published, [f"`{asked}`" for asked in row.asked], targets]
    return "| " + " | ".join(cell if isinstance(cell, str) else "<br>".join(cell) or "nothing" for cell in cells) + " |"


def _target(address: str, host: str, certificate: str) -> str:
    return f"`{address}`: `{host}`, `{certificate.partition(':')[2]}`"


def diagram() -> str:
    """Draw the rules in their order, as the numbers of `discovery` have them."""
    lines = [
        "```mermaid",
        "flowchart TD",
        "    name([server name])",
        *_rules("s", ON_SERVER_NAME, "the server name", "name", "wk"),
        "    wk{3: a valid well-known?}",
        "    wk -- no --> s_srv",
        "    wk -- yes --> d_ip_literal",
        *_rules("d", ON_DELEGATED, "the delegated name", None, "d_srv"),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _rules(prefix: str, numbers: StepNumbers, name: str, above: str | None, below: str) -> Iterator[str]:
    """Draw the five rules for one kind of name; *below* is where what has neither address nor port goes."""
    questions = [
        ("ip_literal", f"is {name} an IP literal?", f"that address, its port or {DEFAULT_PORT}"),
        ("explicit_port", f"has {name} a port?", "its addresses, that port"),
        ("srv", f"is there {FEDERATION_SERVICE}?", "target and port of the record"),
        ("deprecated_srv", f"is there {DEPRECATED_SERVICE}?", "target and port of the record"),
    ]
    if above is not None:
        yield f"    {above} --> {prefix}_ip_literal"
    following = [f"{prefix}_explicit_port", below, f"{prefix}_deprecated_srv", f"{prefix}_default_port"]
    for (rule, question, place), no in zip(questions, following, strict=True):
        yield f'    {prefix}_{rule}{{"{getattr(numbers, rule)}: {question}"}}'
        yield f'    {prefix}_{rule} -- yes --> {prefix}_{rule}_at["{place}"]'
        yield f"    {prefix}_{rule} -- no --> {no}"
    yield f'    {prefix}_default_port["{numbers.default_port}: its addresses, port {DEFAULT_PORT}"]'


PAGES = {
    DOCS / "reference/steps.md": {"steps": steps},
    DOCS / "explanation/how-server-names-are-resolved.md": {"diagram": diagram},
}


def rendered(page: Path) -> str:
    """Give a page as it has to be."""
    draw = PAGES[page]
    return _BETWEEN.sub(lambda match: f"{match[1]}\n{draw[match[2]]()}\n{match[3]}", page.read_text())


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(rendered(each))
