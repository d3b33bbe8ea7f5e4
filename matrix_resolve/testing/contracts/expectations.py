"""Assertions for the checks, which describe the actual and the expected result in words."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TypeVar

from ..._util.escaping import printable

_T = TypeVar("_T")
_POLL = 0.005  # seconds
_LONG = 40  # bytes; longer values are shortened to this
_PATIENCE = 5.0  # seconds


class UnexpectedError(AssertionError):
    """A backend did not do what a check expects.

    Attributes:
        came: What the backend did.
        wanted: What the contract requires.
    """

    def __init__(self, came: str, wanted: str) -> None:
        super().__init__(f"{came}; expected: {wanted}")
        self.came = came
        self.wanted = wanted


def show(value: object) -> str:
    """Return the `repr` of *value*, shortened and on one line."""
    if isinstance(value, bytes) and len(value) > _LONG:
        return f"<{len(value)} bytes: {value[:_LONG]!r}...>"
    return printable(repr(value), limit=300)


def show_error(error: BaseException) -> str:
    """Return *error* as in the last line of a traceback."""
    kind, text = type(error), printable(str(error), limit=300)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}: {text}" if text else name


def expect(came: object, wanted: object, what: str = "") -> None:
    """Compare two values and their types.

    Args:
        came: The actual value.
        wanted: The expected value.
        what: What the value is, if it is not simply the result of a call.

    Raises:
        UnexpectedError: If they differ.
    """
    if type(came) is not type(wanted) or came != wanted:
        before = what and f"{what} "
        raise UnexpectedError(before + show(came), before + show(wanted))


async def expect_failure(work: Awaitable[object], wanted: str = "an exception") -> Exception:
    """Await *work*, which must raise an exception, and return that exception.

    Raises:
        UnexpectedError: If *work* returns a result.
    """
    try:
        result = await work
    except UnexpectedError:
        raise
    except Exception as error:  # noqa: BLE001 - the contracts allow any exception
        return error
    raise UnexpectedError(show(result), wanted)


@contextmanager
def allow_failure() -> Generator[None]:
    """Accept any exception that a backend raises in the block."""
    try:
        yield
    except UnexpectedError:
        raise
    except Exception:  # noqa: BLE001, S110 - the contracts allow any exception
        pass


@contextmanager
def no_failure(wanted: str) -> Generator[None]:
    """Turn any exception of a backend into an `UnexpectedError` that says what was expected."""
    try:
        yield
    except UnexpectedError:
        raise
    except Exception as error:
        raise UnexpectedError(show_error(error), wanted) from error


async def gather(works: Iterable[Awaitable[_T]]) -> list[_T]:
    """Await *works* concurrently. If one fails, cancel the others before its exception is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await end(*tasks)


async def end(*tasks: "asyncio.Future[_T]") -> None:
    """Cancel *tasks* and wait until all of them have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], object], wanted: str) -> None:
    """Wait until *condition* is true.

    Raises:
        UnexpectedError: If it is still false after 5 seconds.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            while not condition():  # noqa: ASYNC110 - servers in another thread make it true, and they set no asyncio.Event
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise UnexpectedError(f"this did not happen within {_PATIENCE:g} seconds", wanted) from None
