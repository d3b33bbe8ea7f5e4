"""The rules of a cache. The checks wait long enough for stores that round lifetimes up to whole seconds."""

from collections.abc import Sequence

from ...backends.cache import CacheBackend
from .cache_testbed import CacheTestbed
from .expectations import expect, gather, no_failure, show
from .report import Check, rule

_MINUTE = 60.0
_OVER = 2.5  # seconds after which a lifetime of one second, rounded up by one, is over
_TWO_DAYS = 172_800.0  # seconds; the longest lifetime of a delegation
_LONGEST_KEY, _LONGEST_VALUE = 200, 4096
_WORKERS = 20


async def _expect_kept(cache: CacheBackend, key: str, value: bytes | None) -> None:
    with no_failure(show(value)):
        came = await cache.get(key)
    expect(came, value)


async def nothing_is_none(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """A key that was never set returns None."""
    await _expect_kept(cache, testbed.key(), None)


async def the_bytes_come_back(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """A value is returned as the same bytes, however often it is read.

    Some clients decode values to str: turn that off, for example with decode_responses=False.
    """
    for value in (b"value", b"\x00\xff\r\n", b"\xf0\x9f"):
        key = testbed.key()
        await cache.set(key, value, _MINUTE)
        for _ in range(2):
            await _expect_kept(cache, key, value)


async def values_of_4_kib(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """A value of 4 KiB can be stored."""
    key, value = testbed.key(), bytes(range(256)) * (_LONGEST_VALUE // 256)
    await cache.set(key, value, _MINUTE)
    await _expect_kept(cache, key, value)


async def keys_are_told_apart(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """Each key has its own value, and keys are case-sensitive."""
    one, two, upper = testbed.key(), testbed.key("example.com"), testbed.key().upper()
    await cache.set(one, b"one", _MINUTE)
    await cache.set(two, b"two", _MINUTE)
    for key, value in ((one, b"one"), (two, b"two"), (upper, None)):
        await _expect_kept(cache, key, value)


async def keys_of_200_characters(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """A key may have 200 characters, and all of them are significant.

    If the store accepts only shorter keys, hash the key.
    """
    host = "x" * (_LONGEST_KEY - len(testbed.key("")))
    key, other = testbed.key(host), testbed.key(host[:-1] + "y")
    await cache.set(key, b"value", _MINUTE)
    await _expect_kept(cache, key, b"value")
    await _expect_kept(cache, other, None)


async def setting_again_replaces_the_value(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """Setting a key again replaces its value."""
    key = testbed.key()
    await cache.set(key, b"old", _MINUTE)
    await cache.set(key, b"new", _MINUTE)
    await _expect_kept(cache, key, b"new")


async def setting_again_can_shorten(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """Setting a key again can shorten its lifetime."""
    key = testbed.key()
    await cache.set(key, b"old", _MINUTE)
    await cache.set(key, b"new", 1)
    await testbed.wait(_OVER)
    await _expect_kept(cache, key, None)


async def setting_again_can_prolong(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """Setting a key again can extend its lifetime."""
    key = testbed.key()
    await cache.set(key, b"old", 1)
    await cache.set(key, b"new", _MINUTE)
    await testbed.wait(_OVER)
    await _expect_kept(cache, key, b"new")


async def kept_for_its_lifetime(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """A value is kept for its whole lifetime, whether that is a minute or two days.

    The lifetime is in seconds. Some stores expect milliseconds, or treat a large number as a date.
    """
    minute, days = testbed.key(), testbed.key("example.com")
    await cache.set(minute, b"minute", _MINUTE)
    await cache.set(days, b"days", _TWO_DAYS)
    await testbed.wait(3)
    await _expect_kept(cache, minute, b"minute")
    await _expect_kept(cache, days, b"days")


async def gone_after_its_lifetime(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """A value expires at the end of its lifetime, which may be rounded up by at most one second.

    After that, get returns None and raises no exception.
    """
    key = testbed.key()
    await cache.set(key, b"value", 1)
    await testbed.wait(_OVER)
    await _expect_kept(cache, key, None)


async def a_fraction_of_a_second(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """A lifetime of a fraction of a second is accepted, and the value expires.

    If the store only supports whole seconds, use math.ceil(ttl).
    """
    keys = {testbed.key(f"{number}.example"): ttl for number, ttl in enumerate((0.001, 0.5, 0.999))}
    for key, ttl in keys.items():
        await cache.set(key, b"value", ttl)
    await testbed.wait(_OVER)
    for key in keys:
        await _expect_kept(cache, key, None)


async def reading_does_not_prolong(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """Reading a value does not extend its lifetime."""
    key = testbed.key()
    await cache.set(key, b"value", 2)
    for _ in range(7):
        await testbed.wait(0.5)
        await cache.get(key)
    await _expect_kept(cache, key, None)


async def delete_forgets(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """After delete, get returns None for the key."""
    key = testbed.key()
    await cache.set(key, b"value", _MINUTE)
    await cache.delete(key)
    await _expect_kept(cache, key, None)


async def delete_leaves_others(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """Deleting a key leaves other keys alone."""
    one, two = testbed.key(), testbed.key("example.com")
    await cache.set(one, b"one", _MINUTE)
    await cache.set(two, b"two", _MINUTE)
    await cache.delete(one)
    await _expect_kept(cache, two, b"two")


async def delete_of_nothing(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """Deleting a key that was never set or has expired is not an error."""
    never, over = testbed.key(), testbed.key("example.com")
    await cache.delete(never)
    await cache.set(over, b"value", 1)
    await testbed.wait(_OVER)
    for _ in range(2):
        await cache.delete(over)
    await _expect_kept(cache, over, None)


async def set_after_delete(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """A key can be set again after it is deleted."""
    key = testbed.key()
    await cache.set(key, b"old", _MINUTE)
    await cache.delete(key)
    await cache.set(key, b"new", _MINUTE)
    await _expect_kept(cache, key, b"new")


async def many_at_once(testbed: CacheTestbed, cache: CacheBackend) -> None:
    """Concurrent calls each get the value of their own key.

    Calls that share a connection without coordination can get each other's replies: use a connection pool or a lock.
    """
    keys = {testbed.key(f"{number}.example"): str(number).encode() for number in range(_WORKERS)}
    await gather(cache.set(key, value, _MINUTE) for key, value in keys.items())
    expect(await gather(cache.get(key) for key in keys), list(keys.values()))


CHECKS: Sequence[Check[CacheTestbed, CacheBackend]] = tuple(
    map(
        rule,
        (
            nothing_is_none,
            the_bytes_come_back,
            values_of_4_kib,
            keys_are_told_apart,
            keys_of_200_characters,
            setting_again_replaces_the_value,
            setting_again_can_shorten,
            setting_again_can_prolong,
            kept_for_its_lifetime,
            gone_after_its_lifetime,
            a_fraction_of_a_second,
            reading_does_not_prolong,
            delete_forgets,
            delete_leaves_others,
            delete_of_nothing,
            set_after_delete,
            many_at_once,
        ),
    )
)
