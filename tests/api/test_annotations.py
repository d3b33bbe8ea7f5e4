"""Whoever annotates a variable of their own can import the name of every type in a public signature."""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from types import ModuleType
from typing import Any, TypeVar, cast, get_args, get_type_hints

import pytest

from .snapshot import public_names

PACKAGE = "matrix_resolve"
NOT_CREATED_BY_USERS = {"LoopbackServer", "OutcomeStream", "UnusableResponse"}
"""Classes whose constructors are not called by users, so its arguments may have types that are not public."""
PUBLIC = [(f"{module}.{name}", value) for module, names in public_names().items() for name, value in names.items()]
IMPORTABLE = {name.rpartition(".")[2] for name, _ in PUBLIC}
OWNERS = {id(value): (name, value) for name, value in PUBLIC if inspect.isclass(value) or inspect.isfunction(value)}
each = pytest.mark.parametrize(
    "value", [value for _, value in OWNERS.values()], ids=[name for name, _ in OWNERS.values()]
)


def is_ours(value: object) -> bool:
    return str(getattr(value, "__module__", "")).partition(".")[0] == PACKAGE


def is_member(name: str) -> bool:
    return not name.startswith("_") or name == "__init__"


def is_checked(owner: Any, name: str) -> bool:
    return is_member(name) and not (name == "__init__" and owner.__name__ in NOT_CREATED_BY_USERS)


def functions_of(owner: Any) -> Iterator[Callable[..., object]]:
    """Yield a function, or the public methods and properties of a class and of its bases in this package."""
    if not inspect.isclass(owner):
        yield owner
        return
    members = [item for base in owner.__mro__ if is_ours(base) for item in vars(base).items()]
    for name, member in members:
        match member:
            case _ if not is_checked(owner, name):
                continue
            case property(fget=function) | cached_property(func=function):
                pass
            case classmethod() | staticmethod():
                function = cast("staticmethod[..., object]", member).__func__
            case _:
                function = member
        if inspect.isfunction(function):
            yield function


def hints_of(owner: Any) -> Iterator[object]:
    fields = [base for base in inspect.getmro(owner) if is_ours(base)] if inspect.isclass(owner) else []
    for base in fields:
        hints = get_type_hints(base)
        yield from (hint for name, hint in hints.items() if not name.startswith("_"))
    for function in functions_of(owner):
        yield from get_type_hints(function).values()


def classes_in(hint: object) -> Iterator[type]:
    if inspect.isclass(hint):
        yield hint
    arguments = (
        cast("list[object]", hint) if isinstance(hint, list) else get_args(hint)
    )  # a list: the arguments of a Callable
    for argument in arguments:
        yield from classes_in(argument)


@each
def test_every_class_in_an_annotation_is_public(value: Any) -> None:
    public = {id(one) for _, one in PUBLIC}
    classes = [kind for hint in hints_of(value) for kind in classes_in(hint)]
    assert {kind.__qualname__ for kind in classes if is_ours(kind) and id(kind) not in public} == set()


def names_in(annotation: ast.expr | None) -> Iterator[str]:
    """Yield the names in an annotation, also in a quoted one."""
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def annotations_in(node: ast.AST, owner: Any) -> Iterator[ast.expr | None]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() if is_checked(owner, node.name):
            arguments = node.args
            yield from (each.annotation for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
            yield from (each.annotation for each in (arguments.vararg, arguments.kwarg) if each is not None)
            yield node.returns
        case ast.ClassDef():
            for statement in node.body:
                yield from annotations_in(statement, owner)
        case ast.AnnAssign(target=ast.Name(id=name)) if is_member(name):
            yield node.annotation
        case _:
            pass


def names_of_this_package(module: ModuleType) -> set[str]:
    """Return the names that a module defines or imports from this package, except type variables."""
    found = set[str]()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.ImportFrom(level=level) if level:
                found |= {alias.asname or alias.name for alias in node.names}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return {name for name in found if not isinstance(vars(module).get(name), TypeVar)}


@each
def test_every_name_in_an_annotation_can_be_imported(value: Any) -> None:
    """An alias cannot be recognised at run time, so this reads the source."""
    missing = set[str]()
    for owner in [base for base in inspect.getmro(value) if is_ours(base)] if inspect.isclass(value) else [value]:
        module = sys.modules[owner.__module__]
        (node,) = ast.parse(inspect.getsource(owner)).body
        used = {name for annotation in annotations_in(node, owner) for name in names_in(annotation)}
        missing |= (used & names_of_this_package(module)) - IMPORTABLE
    assert missing == set()
