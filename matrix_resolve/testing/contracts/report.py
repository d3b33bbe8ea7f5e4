"""Runs the checks of a suite and reports those that a backend fails."""

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
"""What ``make`` may return: a backend, an awaitable that returns one, or an async context manager that yields one."""


@attrs.frozen
class Check(Generic[_Testbed, _Backend]):
    """One rule of a contract.

    Attributes:
        name: A short, stable name in kebab case.
        sentence: The rule.
        run: Checks the rule on a new backend in a new testbed.
        note: How to fix a backend that breaks the rule, if that is not obvious.
        environment: Environment variables to set while the check runs.
    """

    name: str
    sentence: str
    run: Callable[[_Testbed, _Backend], Awaitable[None]]
    note: str = ""
    environment: Mapping[str, str] = attrs.Factory(dict[str, str])


def rule(
    run: Callable[[_Testbed, _Backend], Awaitable[None]], environment: Mapping[str, str] | None = None
) -> Check[_Testbed, _Backend]:
    """Return a check that runs a function.

    The first paragraph of its docstring is the rule, and the rest is the note.
    """
    sentence, _, note = (inspect.getdoc(run) or "").partition("\n\n")
    name = getattr(run, "__name__", "").strip("_").replace("_", "-")
    return Check(name, _one_line(sentence), run, _one_line(note), environment or {})


@attrs.frozen
class Failure:
    """A check that a backend failed.

    Attributes:
        name: The name of the check.
        sentence: The rule.
        called: The calls that led to the failure.
        came: What the backend did instead.
        wanted: What the contract requires.
        note: How to fix the backend, if that is not obvious; otherwise empty.
        cause: The exception that was raised.
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
    """A backend breaks its contract. The message lists the broken rules, and ``__cause__`` is the exception of the backend.

    Attributes:
        failures: The checks that failed. Empty if ``make`` returned no backend.
    """

    def __init__(self, message: str, failures: Sequence[Failure] = ()) -> None:
        super().__init__(message)
        self.failures: tuple[Failure, ...] = tuple(failures)


class CannotBeMadeError(Exception):
    """No check can run, because ``make`` did not return a backend. The message says what ``make`` did instead."""


OpenTestbed = Callable[[Calls], AbstractAsyncContextManager[tuple[_Testbed, _Backend]]]
"""Creates a new testbed, and a new backend in it whose calls are recorded."""


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
        checks: The checks to run.
        open_testbed: Creates the testbed and the backend of each check.
        limit: Seconds that one call of the backend may take.
        together: True to run the checks concurrently instead of one after the other.

    Raises:
        ContractError: If a check fails.
    """
    try:
        if together:
            outcomes = await gather(_attempt(check, open_testbed, limit) for check in checks)
        else:
            outcomes = [await _attempt(check, open_testbed, limit) for check in checks]
    except CannotBeMadeError as error:
        message = f"0 of {len(checks)} checks of the {subject} could run: {error}"
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
    except Exception as error:  # noqa: BLE001 - so is an error while the backend is closed
        failures.append(_failure(check, calls, error))
    if calls.stuck:
        stuck = UnexpectedError(
            f"{calls.stuck[0]} kept running after it was cancelled", "a call that ends when it is cancelled"
        )
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
    """Create a backend, and close it when the block ends.

    Args:
        make: Returns a backend, an awaitable that returns one, or an async context manager that yields one. If the backend has
            ``aclose``, it is called.
        arguments: The arguments of *make*.
        methods: Names of the methods that the backend must have.
        calls: Records the call of ``aclose``.

    Raises:
        CannotBeMadeError: If *make* raises an exception, or its result is not a backend.
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
            message = f"{text} returned {show(made)}, which has no method {' and no '.join(missing)}"
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
