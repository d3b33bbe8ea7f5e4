"""Draws the packages in their layers, and the walk of a server name through them, when the documentation is built.

The layers are those of the import-linter contract in pyproject.toml, and the subject of each folder is the docstring of its `__init__`, so the
picture cannot contradict the code. The calls of the walk are listed here; `tests/resolver/test_calls_go_down.py` checks that each of them happens.
"""

import ast
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.ext.graphviz import graphviz

ROOT = Path(__file__).parent.parent
WALK = (
    ("caller", "resolver", "1 resolve(name)"),
    ("resolver", "_engine", "2 not known: resolve it, once for all who ask"),
    ("_engine", "discovery", "3 which step decides?"),
    ("discovery", "_engine", "4 delegation? SRV records?"),
    ("_engine", "_well_known", "5 step 3"),
    ("_well_known", "_dns", "6 addresses of the web server"),
    ("_well_known", "backends", "7 one GET"),
    ("_engine", "_dns", "8 SRV records, addresses of the targets"),
    ("_dns", "backends", "9 A, AAAA, SRV"),
)
"""Who calls whom, and what for. The one call that goes up is discovery's, to the lookups that it is given."""

_STYLE = """digraph packages {
    graph [rankdir=TB, ranksep=0.35, nodesep=0.25, bgcolor=transparent]
    node [shape=box, style="rounded,filled", fillcolor="#f2f4f8", color="#69707f", fontname=Helvetica, fontsize=11]
    edge [color="#2b5fc1", fontcolor="#2b5fc1", fontname=Helvetica, fontsize=10]
    caller [label="your program", fillcolor="#fff4d6"]
"""


class PackageMap(Directive):
    """The directive ``package-map``."""

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        picture = graphviz()
        picture["code"] = dot()
        picture["options"] = {"docname": self.state.document.settings.env.docname}
        picture["alt"] = "The packages in their layers, and the calls that resolving a server name makes."
        return [picture]


def dot() -> str:
    """Return the picture in the language of Graphviz."""
    layers = [["caller"], *layers_of_packages()]
    invisible = (f"    {above[0]} -> {below[0]} [style=invis]" for above, below in pairwise(layers))
    return "\n".join([_STYLE, *map(_rank, layers), *invisible, *map(_call, WALK), "}"])


def layers_of_packages() -> list[list[str]]:
    """Return the layers of pyproject.toml, the highest first; the names in one layer do not import each other."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["matrix_resolve"])
    return [
        sorted(layer.split(" | "), key=lambda name: name == "discovery") for layer in layers
    ]  # it has most room at the right


def _rank(layer: list[str]) -> str:
    return "\n".join(
        ["    { rank=same", *(f"        {name}" for name in layer), "    }", *_in_order(layer), *_labels(layer)]
    )


def _in_order(layer: list[str]) -> Iterator[str]:
    return (f"    {left} -> {right} [style=invis]" for left, right in pairwise(layer))


def _labels(layer: list[str]) -> Iterator[str]:
    for name in layer:
        folder = ROOT / "matrix_resolve" / name / "__init__.py"
        if folder.exists():
            subject = (ast.get_docstring(ast.parse(folder.read_text())) or "").partition("\n")[0].replace('"', "'")
            look = "" if name.startswith("_") else ", penwidth=2"
            yield f'    {name} [label="{name}/", tooltip="{subject}"{look}]'


def _call(call: tuple[str, str, str]) -> str:
    caller, callee, why = call
    line = "dashed" if (caller, callee) == ("discovery", "_engine") else "solid"
    return f'    {caller} -> {callee} [label="  {why}  ", style={line}, constraint=false]'


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("package-map", PackageMap)
    return {"parallel_read_safe": True}
