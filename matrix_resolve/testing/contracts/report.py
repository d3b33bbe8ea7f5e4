"""How a suite runs its checks, and what it says when a backend fails some."""

import asyncio
import inspect
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Generic, TypeAlias, TypeVar, cast

import attrs

from .calls import Calls
from .expectations import UnexpectedError, gather, show, show_error

_Backend = TypeVar("_Backend")
_Testbed = TypeVar("_Testbed")
BackendFactoryResult: TypeAlias = _Backend | Awaitable[_Backend] | AbstractAsyncContextManager[_Backend]
"""What a ``make`` may give: a backend, an awaitable of one, or an async context manager around one."""


@attrs.frozen
class Check(Generic[_Testbed, _Backend]):
    """One rule of a contract.

    Attributes:
        name: Stable and short, in kebab case.
        sentence: The rule.
        run: Tries it on a fresh backend in a fresh testbed.
        note: What to do where that is not obvious.
        environment: Environment variables for the time of the check.
    """

    name: str
    sentence: str
    run: Callable[[_Testbed, _Backend], Awaitable[None]]
    note: str = ""
    environment: Mapping[str, str] = attrs.Factory(dict[str, str])


def rule(
    run: Callable[[_Testbed, _Backend], Awaitable[None]], environment: Mapping[str, str] | None = None
) -> Check[_Testbed, _Backend]:
    """Make a check of a function: its docstring is the rule, and after an empty line the note."""
    sentence, _, note = (inspect.getdoc(run) or "").partition("\n\n")
    name = getattr(run, "__name__", "").strip("_").replace("_", "-")
    return Check(name, _one_line(sentence), run, _one_line(note), environment or {})


@attrs.frozen
class Failure:
    """A check that a backend has failed.

    Attributes:
        name: The name of the check.
        sentence: The rule.
        called: The calls that led to it.
        came: What the backend did.
        wanted: What it had to do.
        note: What to do where that is not obvious; may be empty.
        cause: What was raised.
    """

    name: str
    sentence: str
    called: tuple[str, ...]
    came: str
    wanted: str
    note: str
    cause: Exception

    def __str__(self) -> str:
        called = "\n              ".join(self.called or ("nothing",))
        lines = [
            f"{self.name}: {self.sentence}",
            f"    called:   {called}",
            f"    came:     {self.came}",
            f"    expected: {self.wanted}",
            *([f"    note:     {self.note}"] if self.note else []),
        ]
        return "\n".join(lines)


class ContractError(AssertionError):
    """A backend does not keep its contract; the message says where. What the backend raised is in the ``__cause__``.

    Attributes:
        failures: The checks that it failed; none if it could not even be made.
    """

    def __init__(self, message: str, failures: Sequence[Failure] = ()) -> None:
        super().__init__(message)
        self.failures: tuple[Failure, ...] = tuple(failures)


class CannotBeMadeError(Exception):
    """No check can be made, as ``make`` gives no backend; the message says what it gave."""


OpenTestbed = Callable[[Calls], AbstractAsyncContextManager[tuple[_Testbed, _Backend]]]
"""Makes a fresh testbed and a fresh backend in it, whose calls are taken down."""


async def run_checks(
    subject: str,
    checks: Sequence[Check[_Testbed, _Backend]],
    open_testbed: OpenTestbed[_Testbed, _Backend],
    *,
    limit: float,
    together: bool = False,
) -> None:
    """Run all checks.

    Args:
        subject: What is checked, such as ``"DNS backend"``.
        checks: The rules.
        open_testbed: Makes what each check needs.
        limit: Seconds that one call of the backend may take.
        together: True to run them at the same time instead of one after the other.

    Raises:
        ContractError: If one of them fails.
    """
    try:
        if together:
            outcomes = await gather(_attempt(check, open_testbed, limit) for check in checks)
        else:
            outcomes = [await _attempt(check, open_testbed, limit) for check in checks]
    except CannotBeMadeError as error:
        message = f"0 of {len(checks)} checks of the {subject} could be made: {error}"
        raise ContractError(message) from error.__cause__
    failures = [outcome for outcome in outcomes if outcome is not None]
    if failures:
        head = f"{len(failures)} of {len(checks)} checks of the {subject} failed"
        raise ContractError("\n\n".join([head, *map(str, failures)]), failures) from _causes(failures)


def _causes(failures: Sequence[Failure]) -> BaseException | None:
    raised = [failure.cause for failure in failures if not isinstance(failure.cause, UnexpectedError)]
    return ExceptionGroup("what the backend raised", raised) if raised else None


async def _attempt(
    check: Check[_Testbed, _Backend], open_testbed: OpenTestbed[_Testbed, _Backend], limit: float
) -> Failure | None:
    calls, failures = Calls(limit), list[Failure]()
    try:
        with _environment(check.environment):
            async with open_testbed(calls) as (testbed, backend):
                try:
                    await check.run(testbed, backend)
                except Exception as error:  # noqa: BLE001 - a crash is a failure of the check
                    failures.append(_failure(check, calls, error))
    except CannotBeMadeError:
        raise
    except Exception as error:  # noqa: BLE001 - so is one at the end of the backend
        failures.append(_failure(check, calls, error))
    if calls.stuck:
        stuck = UnexpectedError(f"{calls.stuck[0]} went on after it was cancelled", "an end when it is cancelled")
        failures.append(_failure(check, calls, stuck))
    return failures[0] if failures else None


def _failure(check: Check[Any, Any], calls: Calls, error: Exception) -> Failure:
    came, wanted, cause = show_error(error), "no exception", error
    if isinstance(error, UnexpectedError):
        came, wanted = error.came, error.wanted
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    cause.add_note(f"in the check {check.name}")
    return Failure(check.name, check.sentence, tuple(calls.behind(error)), came, wanted, check.note, cause)


@asynccontextmanager
async def opened(
    make: Callable[..., BackendFactoryResult[_Backend]], *arguments: object, methods: Sequence[str], calls: Calls
) -> AsyncGenerator[_Backend]:
    """Make a backend for the time of a block.

    Args:
        make: Gives a backend, an awaitable of one, or an async context manager around one. A backend that has ``aclose`` is closed.
        arguments: What it is called with.
        methods: What the backend must have.
        calls: Records the closing.

    Raises:
        CannotBeMadeError: If there is no backend.
    """
    text = f"make({', '.join(map(show, arguments))})"
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(calls.limit):
                made = await _made(make(*arguments), stack, calls)
        except Exception as error:
            message = f"{text} raised {show_error(error)}"
            raise CannotBeMadeError(message) from error
        missing = [method for method in methods if not callable(getattr(made, method, None))]
        if missing:
            message = f"{text} gave {show(made)}, which has no method {' and no '.join(missing)}"
            raise CannotBeMadeError(message)
        yield cast("_Backend", made)


async def _made(made: Any, stack: AsyncExitStack, calls: Calls) -> object:
    if inspect.isasyncgen(made):
        await made.aclose()
        raise TypeError("it is an async generator function: put @contextlib.asynccontextmanager above it")
    if inspect.isawaitable(made):
        made = await made
    if isinstance(made, AbstractAsyncContextManager):
        return await stack.enter_async_context(cast("AbstractAsyncContextManager[object]", made))
    if hasattr(made, "aclose"):
        stack.push_async_callback(calls.run, "aclose()", made.aclose)
    return made


@contextmanager
def _environment(variables: Mapping[str, str]) -> Generator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _one_line(text: str) -> str:
    return " ".join(text.split())
