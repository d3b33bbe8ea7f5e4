"""The checks before a release: ``nox`` runs all of them, and ``nox -s tests`` only the tests."""

from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
DEVELOPMENT = nox.project.dependency_groups(PROJECT, "dev")
TEST = nox.project.dependency_groups(PROJECT, "test")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on the installed package, with the newest dependencies."""
    session.install(".", *TEST)
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "2"]))


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """Run the tests with the oldest dependencies that pyproject.toml allows."""
    session.install(".", *TEST, "--constraint", ".ci/oldest.txt")
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "2"]))


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types with mypy and pyright."""
    session.install("--editable", ".", *DEVELOPMENT)
    session.run("mypy")
    session.run("pyright", "--warnings")
    session.run("python", "-m", "tests.docs.typed_blocks")
    session.run("pyright", "--verifytypes", "matrix_resolve", "--ignoreexternal")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and the layers of imports."""
    session.install("--editable", ".", *DEVELOPMENT)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; every warning is an error."""
    session.install("--editable", ".", *DEVELOPMENT)
    session.run("python", "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "docs", session.create_tmp())


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it, and run the command outside the source tree."""
    session.install("build")
    wheels = session.create_tmp()
    session.run("python", "-m", "build", "--wheel", "--outdir", wheels)
    session.install(*map(str, Path(wheels).glob("*.whl")))
    session.chdir(wheels)
    session.run("matrix-resolve", "--version")
