"""How a suite creates and closes backends, and how it handles their faults.

The tests use caches, because their suite needs no servers.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from matrix_resolve import CacheBackend
from matrix_resolve.testing import ContractError, FakeClock, check_cache_backend
from matrix_resolve.testing.contracts.cache import run_cache_checks
from matrix_resolve.testing.contracts.cache_rules import CHECKS, nothing_is_none
from matrix_resolve.testing.contracts.cache_testbed import CacheTestbed
from matrix_resolve.testing.contracts.expectations import UnexpectedError, expect, show, until
from matrix_resolve.testing.contracts.report import Check, rule

from .broken_cache import Hangs
from .third_party_backends import SmallCache

ONE = [rule(nothing_is_none)]


class Closing(SmallCache):
    """Counts how often it is closed."""

    closed = 0

    async def aclose(self) -> None:
        self.closed += 1


async def failure(
    make: Callable[[], Any], *checks: Check[CacheTestbed, CacheBackend], limit: float = 0.2
) -> ContractError:
    clock = FakeClock()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    with pytest.raises(ContractError) as caught:
        await run_cache_checks(checks or ONE, make, sleep=sleep, limit=limit)
    return caught.value


async def test_each_check_has_a_backend_of_its_own_which_is_closed() -> None:
    made = list[Closing]()
    clock = FakeClock()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    def make() -> Closing:
        made.append(Closing(clock))
        return made[-1]

    await check_cache_backend(make, sleep=sleep)
    assert [backend.closed for backend in made] == [1] * len(CHECKS)


async def test_make_may_be_an_async_function() -> None:
    backend = Closing()

    async def make() -> Closing:
        return backend

    await run_cache_checks(ONE, make)
    assert backend.closed == 1


async def test_make_may_give_an_async_context_manager() -> None:
    events = list[str]()

    @asynccontextmanager
    async def make() -> AsyncGenerator[Closing]:
        backend = Closing()
        yield backend
        events.append(f"closed {backend.closed} times before the end")

    await run_cache_checks(ONE, make)
    assert events == ["closed 0 times before the end"]


def raising() -> CacheBackend:
    raise ConnectionRefusedError("no store there")


async def generating() -> AsyncGenerator[SmallCache]:
    yield SmallCache()


async def hanging() -> CacheBackend:
    await asyncio.Event().wait()
    return SmallCache()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(raising, "make() raised ConnectionRefusedError: no store there", id="raises"),
        pytest.param(hanging, "make() raised TimeoutError", id="hangs"),
        pytest.param(dict, "make() returned {}, which has no method set and no delete", id="no-backend"),
        pytest.param(lambda: None, "make() returned None, which has no method get and no set and no delete", id="none"),
        pytest.param(generating, "put @contextlib.asynccontextmanager above it", id="generator"),
    ],
)
async def test_where_nothing_can_be_made_the_suite_says_so_once(make: Callable[[], Any], message: str) -> None:
    error = await failure(make, *CHECKS)
    assert str(error).startswith(f"0 of {len(CHECKS)} checks of the cache backend could run: make() ")
    assert message in str(error)
    assert error.failures == ()


async def test_the_exception_of_make_is_the_cause() -> None:
    assert isinstance((await failure(raising)).__cause__, ConnectionRefusedError)


async def test_an_error_at_the_end_is_a_failure() -> None:
    class Broken(SmallCache):
        async def aclose(self) -> None:
            raise RuntimeError("closed badly")

    (broken,) = (await failure(Broken)).failures
    assert (broken.called, broken.came) == (("aclose()",), "RuntimeError: closed badly")


async def test_a_hang_is_a_failure_that_names_the_call() -> None:
    (broken,) = (await failure(Hangs)).failures
    assert broken.came == "no result within 0.2 seconds"
    assert broken.called[-1].startswith("get('matrix-resolve:2:well-known:")


async def test_what_cannot_be_cancelled_is_left_behind() -> None:
    done = asyncio.Event()

    class Stubborn(SmallCache):
        async def get(self, key: str) -> bytes | None:
            while not done.is_set():
                try:
                    await done.wait()
                except asyncio.CancelledError:
                    continue
            return await super().get(key)

    (broken,) = (await failure(Stubborn)).failures
    assert broken.came == "no result within 0.2 seconds"
    done.set()


async def test_a_method_that_is_not_async_is_named() -> None:
    class Sync(SmallCache):
        def get(self, key: str) -> Any:
            return self.entries.get(key, (0, None))[1]

    (broken,) = (await failure(cast("Callable[[], CacheBackend]", Sync))).failures
    assert (broken.came, broken.wanted) == ("None, which cannot be awaited", "an `async def` method")


async def test_an_assertion_of_the_backend_is_a_crash() -> None:
    class Asserting(SmallCache):
        async def get(self, key: str) -> bytes | None:
            raise AssertionError(key)

    error = await failure(Asserting)
    assert (error.failures[0].came[:15], error.failures[0].wanted) == ("AssertionError:", "None")
    assert isinstance(error.failures[0].cause, AssertionError)


async def test_without_a_crash_there_is_no_cause() -> None:
    class Empty(SmallCache):
        async def get(self, key: str) -> bytes | None:
            return await super().get(key) or b""

    assert (await failure(Empty)).__cause__ is None


async def test_cancelling_the_suite_ends_it_and_the_call_under_way() -> None:
    ended, called = list[str](), asyncio.Event()

    class Waiting(Closing):
        async def get(self, key: str) -> bytes | None:
            called.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("get")
            return await super().get(key)

        async def aclose(self) -> None:
            ended.append("aclose")

    suite = asyncio.create_task(run_cache_checks(ONE, Waiting))
    await called.wait()
    suite.cancel()
    with pytest.raises(asyncio.CancelledError):
        await suite
    assert ended == ["get", "aclose"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelling_the_suite_while_time_passes_ends_it() -> None:
    asleep = asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        await asyncio.sleep(seconds * 1000)

    suite = asyncio.create_task(check_cache_backend(SmallCache, sleep=sleep))
    await asleep.wait()
    suite.cancel()
    with pytest.raises(asyncio.CancelledError):
        await suite
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_sleep_that_is_not_async_is_named() -> None:
    with pytest.raises(ContractError, match="can't be used in 'await' expression") as caught:
        await check_cache_backend(SmallCache, sleep=cast("Any", FakeClock().advance))
    assert "gone-after-its-lifetime" in {failure.name for failure in caught.value.failures}


async def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUITE_OLD", "before")
    monkeypatch.delenv("SUITE_NEW", raising=False)
    seen = dict[str, str]()

    async def look(testbed: CacheTestbed, cache: CacheBackend) -> None:
        """The environment is as the rule requires."""
        del testbed, cache
        seen.update(os.environ)

    await run_cache_checks([rule(look, {"SUITE_OLD": "now", "SUITE_NEW": "new"})], SmallCache)
    assert (seen["SUITE_OLD"], seen["SUITE_NEW"]) == ("now", "new")
    assert (os.environ["SUITE_OLD"], os.environ.get("SUITE_NEW")) == ("before", None)


async def test_only_the_last_calls_are_shown() -> None:
    async def look(testbed: CacheTestbed, cache: CacheBackend) -> None:
        """All numbers are read."""
        for number in range(6):
            await cache.get(str(number))
        await testbed.wait(1)
        expect(1, 2, "number")

    (broken,) = (await failure(SmallCache, rule(look))).failures
    assert broken.called == ("... (3 earlier calls)", "get('3')", "get('4')", "get('5')", "(1 seconds later)")
    assert (broken.came, broken.wanted, broken.name) == ("number 1", "number 2", "look")


@pytest.mark.parametrize(("came", "wanted"), [(True, 1), (1.0, 1), (b"a", "a"), (None, b""), ((1,), [1])])
def test_expect_distinguishes_types(came: object, wanted: object) -> None:
    with pytest.raises(UnexpectedError):
        expect(came, wanted)


def test_show_is_short_and_in_one_line() -> None:
    assert show(b"x" * 41) == f"<41 bytes: {b'x' * 40!r}...>"
    assert show("a\nb") == r"'a\nb'"
    assert len(show("x" * 1000)) < 310


async def test_until_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matrix_resolve.testing.contracts.expectations._PATIENCE", 0.01)
    with pytest.raises(UnexpectedError, match=r"within 0\.01 seconds.*a query"):
        await until(lambda: False, "a query")
