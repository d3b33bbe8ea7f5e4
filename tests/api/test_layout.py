"""The layout of the package and of the tests: where files are, and which may import which."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import matrix_resolve

PACKAGE = Path(matrix_resolve.__file__).parent
TESTS = Path(__file__).parents[1]
CODE_OF_USERS = [TESTS.parent / folder for folder in ("examples", ".ci/user_project", "benchmarks")]
ROOT_FILES = {
    "__init__.py",
    "__main__.py",
    "resolver.py",
    "resolve_many.py",
    "server_name.py",
    "identifiers.py",
    "errors.py",
    "reasons.py",
    "policy.py",
    "_policy_rules.py",
    "address_policy.py",
    "applied_overrides.py",
    "overrides.py",
    "tls.py",
    "trace.py",
    "models.py",
    "stats.py",
    "_context.py",
    "_address_families.py",
    "_override_addresses.py",
    "_cache_mode.py",
    "_notes.py",
    "py.typed",
}
INITS = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("__init__.py"))


Imports = dict[str, list[str]]

_PRINT_IMPORTS = """
import grimp, json
graph = grimp.build_graph("matrix_resolve", exclude_type_checking_imports=True, cache_dir=None)
print(json.dumps({each: sorted(graph.find_modules_directly_imported_by(each)) for each in graph.modules}))
"""


@pytest.fixture(scope="module")
def graph() -> Imports:
    """Return all imports by module, including those inside functions; those for type checkers alone do not count.

    grimp keeps threads of its own, which other tests would take for those of c-ares, so it gets a process of its own.
    """
    printed = subprocess.run([sys.executable, "-c", _PRINT_IMPORTS], capture_output=True, check=True)  # noqa: S603 - our own code
    found: Imports = json.loads(printed.stdout)
    return found


def test_the_root_of_the_package_has_no_other_files() -> None:
    """What belongs to one subject goes into the folder of that subject."""
    assert {path.name for path in PACKAGE.iterdir() if path.is_file()} == ROOT_FILES


def test_the_root_of_the_tests_has_no_other_files() -> None:
    assert {path.name for path in TESTS.iterdir() if path.is_file()} == {"__init__.py", "conftest.py"}


def test_each_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("init", INITS)
def test_each_package_has_a_docstring_and_private_ones_nothing_else(init: str) -> None:
    """``import matrix_resolve`` must not load what a private package consists of."""
    tree = ast.parse((PACKAGE / init).read_text())
    assert ast.get_docstring(tree)
    if any(part.startswith("_") for part in Path(init).parent.parts):
        assert len(tree.body) == 1


def is_visible(module: str, importer: str) -> bool:
    """Return whether *importer* may import *module*: underscores hide a module outside the package that holds it."""
    parts = module.split(".")
    holders = [".".join(parts[:at]) for at, part in enumerate(parts) if part.startswith("_")]
    return all(f"{importer}.".startswith(f"{holder}.") for holder in holders)


def test_private_modules_are_imported_only_inside_the_package_that_holds_them(graph: Imports) -> None:
    pairs = [(importer, each) for importer, imported in graph.items() for each in imported]
    assert [(importer, module) for importer, module in pairs if not is_visible(module, importer)] == []


def imported_names(code: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(code.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_code_of_users_imports_no_private_module() -> None:
    files = [file for folder in CODE_OF_USERS for file in folder.rglob("*.py")]
    assert len(files) > len(CODE_OF_USERS)
    hidden = [
        (file.name, name)
        for file in files
        for name in imported_names(file)
        if name.startswith("matrix_resolve.") and not is_visible(name, file.stem)
    ]
    assert hidden == []


def cycle_in(imports: Iterable[tuple[str, str]]) -> list[str]:
    """Return a cycle of imports, or an empty list if there is none."""
    sorter = TopologicalSorter[str]()
    for importer, module in imports:
        sorter.add(importer, module)
    try:
        sorter.prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle
    return []


def test_files_have_no_import_cycle(graph: Imports) -> None:
    imports = [(importer, each) for importer, imported in graph.items() for each in imported]
    assert cycle_in(imports) == []


@pytest.mark.parametrize("package", [".".join(["matrix_resolve", *Path(init).parent.parts]) for init in INITS])
def test_the_files_and_folders_of_a_package_have_no_import_cycle(package: str, graph: Imports) -> None:
    """A folder imports what any file in it imports."""

    def child_of(module: str) -> str:
        return module.removeprefix(f"{package}.").partition(".")[0]

    inside = {module: imported for module, imported in graph.items() if module.startswith(f"{package}.")}
    imports = {
        (child_of(importer), child_of(module))
        for importer, imported in inside.items()
        for module in imported
        if module in inside
    }
    assert cycle_in((importer, module) for importer, module in imports if importer != module) == []
