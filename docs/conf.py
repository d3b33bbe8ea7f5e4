"""How Sphinx makes the documentation: ``python -m sphinx -n -W --keep-going docs OUTPUT``."""

import sys
from pathlib import Path

import matrix_resolve

sys.path.insert(0, str(Path(__file__).parent))  # for package_map

project = "matrix_resolve"
author = "The matrix_resolve developers"
copyright = "The matrix_resolve developers"  # noqa: A001 - Sphinx's name for it
version = release = matrix_resolve.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.graphviz",
    "sphinxcontrib.mermaid",
]
extensions += ["package_map"]
graphviz_output_format = "svg"
html_theme = "furo"
html_title = "matrix_resolve"

myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]
suppress_warnings = ["misc.highlighting_failure"]  # Pygments knows no HAProxy, and not all of nginx
default_role = "literal"  # names in docstrings are for readers of the source, too

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!matrix_resolve\.).*")
]  # what other libraries document; no network is needed to build
nitpick_ignore = [
    ("py:class", f"matrix_resolve.{name}")  # named in signatures, and of no use by themselves
    for name in (
        "backends.redis.RedisClient",
        "resolve_many.OutcomeStream",
        "models.Endpoint",
        "tls.LazySslContext",
        "_engine.config.ResolverConfig",
    )
]
