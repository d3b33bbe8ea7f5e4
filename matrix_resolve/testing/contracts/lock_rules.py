"""The rules of locks, with which the workers of a fleet agree on who fetches."""

from collections.abc import Sequence

from ...backends.cache import LockingCacheBackend
from .cache_testbed import CacheTestbed
from .expectations import UnexpectedError, expect, gather, no_failure, show
from .report import Check, rule

_MINUTE = 60.0
_OVER = 2.5  # seconds after which a lock of one second, rounded up by one, is over
_WORKERS = 20


async def _expect_locked(cache: LockingCacheBackend, key: str) -> str:
    with no_failure("a token"):
        token: object = await cache.lock(key, _MINUTE)
    if not isinstance(token, str) or not token:
        raise UnexpectedError(show(token), "a token: a str that is not empty")
    return token


async def _expect_refused(cache: LockingCacheBackend, key: str) -> None:
    with no_failure(show(None)):
        expect(await cache.lock(key, _MINUTE), None)


async def one_holder(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """A locked key cannot be locked again, not even by the same worker."""
    key = testbed.key()
    await _expect_locked(cache, key)
    for _ in range(2):
        await _expect_refused(cache, key)


async def unlocked_by_its_token(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """After unlock with the right token, the key can be locked again."""
    key = testbed.key()
    for _ in range(2):
        await cache.unlock(key, await _expect_locked(cache, key))


async def not_by_another_token(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """The token of an earlier lock does not release a later one.

    Compare the token and delete the lock atomically: with a script in Redis, or one statement in SQL.
    """
    key = testbed.key()
    old = await _expect_locked(cache, key)
    await cache.unlock(key, old)
    await _expect_locked(cache, key)
    await cache.unlock(key, old)
    await _expect_refused(cache, key)


async def ends_by_itself(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """A lock expires at the end of its lifetime, because its holder may have crashed."""
    key = testbed.key()
    with no_failure("a token"):
        token = await cache.lock(key, 1)
    await testbed.wait(_OVER)
    await _expect_locked(cache, key)
    await cache.unlock(key, token or "")
    await _expect_refused(cache, key)


async def lasts_its_seconds(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """A lock does not expire before the end of its lifetime."""
    key = testbed.key()
    await _expect_locked(cache, key)
    await testbed.wait(3)
    await _expect_refused(cache, key)


async def each_key_has_its_own(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """Each key has its own lock."""
    one, two = testbed.key(), testbed.key("example.com")
    token = await _expect_locked(cache, one)
    await _expect_locked(cache, two)
    await cache.unlock(two, token)
    await _expect_refused(cache, two)


async def locks_and_values_do_not_meet(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """The lock and the value of a key are independent: neither hides, replaces or deletes the other."""
    key, empty = testbed.key(), testbed.key("example.com")
    await cache.set(key, b"value", _MINUTE)
    await _expect_locked(cache, key)
    expect(await cache.get(key), b"value")
    await cache.delete(key)
    await _expect_refused(cache, key)
    await _expect_locked(cache, empty)
    expect(await cache.get(empty), None)


async def unlocking_nothing(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """Unlocking a key that is not locked is not an error."""
    await cache.unlock(testbed.key(), "token")


async def one_of_many_at_once(testbed: CacheTestbed, cache: LockingCacheBackend) -> None:
    """If many workers try to lock a key at the same time, exactly one of them gets the lock."""
    key = testbed.key()
    tokens = await gather(cache.lock(key, _MINUTE) for _ in range(_WORKERS))
    expect(len([token for token in tokens if token is not None]), 1, "the number of tokens:")


CHECKS: Sequence[Check[CacheTestbed, LockingCacheBackend]] = tuple(
    map(
        rule,
        (
            one_holder,
            unlocked_by_its_token,
            not_by_another_token,
            ends_by_itself,
            lasts_its_seconds,
            each_key_has_its_own,
            locks_and_values_do_not_meet,
            unlocking_nothing,
            one_of_many_at_once,
        ),
    )
)
