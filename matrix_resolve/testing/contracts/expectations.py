"""What a check expects, and the words in which it says what came instead."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TypeVar

from ..._util.escaping import printable

_T = TypeVar("_T")
_POLL = 0.005  # seconds
_LONG = 40  # bytes that are shown
_PATIENCE = 5.0  # seconds


class UnexpectedError(AssertionError):
    """A backend did not do what a check expects.

    Attributes:
        came: What it did.
        wanted: What it had to do.
    """

    def __init__(self, came: str, wanted: str) -> None:
        super().__init__(f"{came}; expected: {wanted}")
        self.came = came
        self.wanted = wanted


def show(value: object) -> str:
    """Return *value* as Python would write it, in one line, and not too long."""
    if isinstance(value, bytes) and len(value) > _LONG:
        return f"<{len(value)} bytes: {value[:_LONG]!r}...>"
    return printable(repr(value), limit=300)


def show_error(error: BaseException) -> str:
    """Return an exception as the last line of a traceback."""
    kind, text = type(error), printable(str(error), limit=300)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}: {text}" if text else name


def expect(came: object, wanted: object, what: str = "") -> None:
    """Compare type and value.

    Args:
        came: What came.
        wanted: What had to come.
        what: What it is, if that is not what the backend gave.

    Raises:
        UnexpectedError: If they differ.
    """
    if type(came) is not type(wanted) or came != wanted:
        before = what and f"{what} "
        raise UnexpectedError(before + show(came), before + show(wanted))


async def expect_failure(work: Awaitable[object], wanted: str = "an exception") -> Exception:
    """Wait for the exception in which *work* has to end, and give it.

    Raises:
        UnexpectedError: If there is none.
    """
    try:
        result = await work
    except UnexpectedError:
        raise
    except Exception as error:  # noqa: BLE001 - any exception is right: so the contracts say
        return error
    raise UnexpectedError(show(result), wanted)


@contextmanager
def allow_failure() -> Generator[None]:
    """Let any exception of a backend be right."""
    try:
        yield
    except UnexpectedError:
        raise
    except Exception:  # noqa: BLE001, S110 - any exception is right: so the contracts say
        pass


@contextmanager
def no_failure(wanted: str) -> Generator[None]:
    """Explain what was expected where a backend raises an exception."""
    try:
        yield
    except UnexpectedError:
        raise
    except Exception as error:
        raise UnexpectedError(show_error(error), wanted) from error


async def gather(works: Iterable[Awaitable[_T]]) -> list[_T]:
    """Await several at once; when one fails the others are ended before its exception is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await end(*tasks)


async def end(*tasks: "asyncio.Future[_T]") -> None:
    """Cancel what is not over, and wait until it is."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], object], wanted: str) -> None:
    """Wait until *condition* is true of what the servers have seen.

    Raises:
        UnexpectedError: If it does not come true within 5 seconds.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            while not condition():  # noqa: ASYNC110 - servers in another thread make it true, and the fakes in none
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise UnexpectedError(f"nothing of the kind within {_PATIENCE:g} seconds", wanted) from None
