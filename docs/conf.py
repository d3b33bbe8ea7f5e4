"""The Sphinx configuration. Build the documentation with ``python -m sphinx -n -W --keep-going docs OUTPUT``."""

import sys
from pathlib import Path

import matrix_resolve

sys.path.insert(0, str(Path(__file__).parent))  # so that Sphinx can import package_map

project = "matrix_resolve"
author = "The matrix_resolve developers"
copyright = "The matrix_resolve developers"  # noqa: A001 - Sphinx requires this name
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
suppress_warnings = ["misc.highlighting_failure"]  # Pygments has no lexer for HAProxy, and does not know all of nginx
default_role = "literal"  # docstrings mark names with single backticks, which are easier to read in the source

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
nitpicky = True
# Links to the documentation of other libraries would need the network during the build.
nitpick_ignore_regex = [("py:.*", r"(?!matrix_resolve\.).*")]
nitpick_ignore = [
    ("py:class", f"matrix_resolve.{name}")  # these appear in signatures, but have no documentation of their own
    for name in ("backends.redis.RedisClient",)
]
