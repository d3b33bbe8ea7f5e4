"""What is checked before a release: ``nox`` runs all of it, ``nox -s tests`` one part."""

from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
PYTHONS = ["3.11", "3.12", "3.13"]
DEVELOPMENT = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "dev")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests against the installed package."""
    session.install("--editable", ".", *DEVELOPMENT)
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types, with both checkers."""
    session.install("--editable", ".", *DEVELOPMENT)
    session.run("mypy")
    session.run("pyright")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and the floors of the house."""
    session.install("--editable", ".", *DEVELOPMENT)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it where the source is not in sight, and run it."""
    session.install("build")
    wheels = session.create_tmp()
    session.run("python", "-m", "build", "--wheel", "--outdir", wheels)
    session.install(*map(str, Path(wheels).glob("*.whl")))
    session.chdir(wheels)
    session.run("matrix-resolve", "--version")
