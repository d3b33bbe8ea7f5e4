"""Cache backends that each break one rule, and the checks that must fail."""

import asyncio
from typing import cast

from .third_party_backends import SmallCache

_ROOM = 4000


class EmptyForNothing(SmallCache):
    async def get(self, key: str) -> bytes | None:
        return await super().get(key) or b""


class RaisesForNothing(SmallCache):
    async def get(self, key: str) -> bytes | None:
        value = await super().get(key)
        if value is None:
            raise KeyError(key)
        return value


class Text(SmallCache):
    async def get(self, key: str) -> bytes | None:
        value = await super().get(key)
        return value and cast("bytes", value.decode("latin-1"))


class CutAtZero(SmallCache):
    async def get(self, key: str) -> bytes | None:
        value = await super().get(key)
        return value and value.partition(b"\0")[0]


class SmallValues(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        await super().set(key, value[:_ROOM], ttl)


class AnyCase(SmallCache):
    async def get(self, key: str) -> bytes | None:
        return await super().get(key.lower())


class ShortKeys(SmallCache):
    async def get(self, key: str) -> bytes | None:
        return await super().get(key[:199])

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        await super().set(key[:199], value, ttl)


class KeepsTheFirst(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        if key not in self.entries:
            await super().set(key, value, ttl)


class LongestLife(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        until, _ = self.entries.get(key, (0.0, b""))
        self.entries[key] = (max(until, self.now() + ttl), value)


class ShortestLife(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        until, _ = self.entries.get(key, (self.now() + ttl, b""))
        self.entries[key] = (min(until, self.now() + ttl), value)


class Milliseconds(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        await super().set(key, value, ttl / 1000)


class LongLivesAreDates(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        await super().set(key, value, ttl if ttl < 86_400 else -1)


class NeverForgets(SmallCache):
    async def get(self, key: str) -> bytes | None:
        return self.entries.get(key, (0.0, None))[1]


class WholeSecondsOnly(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        if int(ttl) == 0:
            raise ValueError("invalid expire time")
        await super().set(key, value, int(ttl))


class ZeroIsForEver(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        await super().set(key, value, int(ttl) or 1_000_000)


class ReadingProlongs(SmallCache):
    async def get(self, key: str) -> bytes | None:
        value = await super().get(key)
        if value is not None:
            await self.set(key, value, 2)
        return value


class DeletesNothing(SmallCache):
    async def delete(self, key: str) -> None:
        del key


class DeletesAll(SmallCache):
    async def delete(self, key: str) -> None:
        del key
        self.entries.clear()


class DeleteRaises(SmallCache):
    async def delete(self, key: str) -> None:
        del self.entries[key]


class DeletesForEver(SmallCache):
    async def set(self, key: str, value: bytes, ttl: float) -> None:
        if self.entries.get(key, (1.0, b""))[0]:
            await super().set(key, value, ttl)

    async def delete(self, key: str) -> None:
        self.entries[key] = (0.0, b"")


class OneReplyForAll(SmallCache):
    async def get(self, key: str) -> bytes | None:
        self.last = await super().get(key)
        await asyncio.sleep(0)
        return self.last


class Hangs(SmallCache):
    async def get(self, key: str) -> bytes | None:
        await asyncio.Event().wait()
        return await super().get(key)


class IsNotAsync(SmallCache):
    def get(self, key: str) -> bytes | None:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride] - this is the fault
        return self.entries.get(key, (0.0, None))[1]


BROKEN: list[tuple[type[SmallCache], set[str]]] = [
    (EmptyForNothing, {"nothing-is-none", "delete-forgets"}),
    (RaisesForNothing, {"nothing-is-none", "gone-after-its-lifetime"}),
    (Text, {"the-bytes-come-back"}),
    (CutAtZero, {"the-bytes-come-back"}),
    (SmallValues, {"values-of-4-kib"}),
    (AnyCase, {"keys-are-told-apart"}),
    (ShortKeys, {"keys-of-200-characters"}),
    (KeepsTheFirst, {"setting-again-replaces-the-value"}),
    (LongestLife, {"setting-again-can-shorten"}),
    (ShortestLife, {"setting-again-can-prolong"}),
    (Milliseconds, {"kept-for-its-lifetime"}),
    (LongLivesAreDates, {"kept-for-its-lifetime"}),
    (NeverForgets, {"gone-after-its-lifetime", "a-fraction-of-a-second"}),
    (WholeSecondsOnly, {"a-fraction-of-a-second"}),
    (ZeroIsForEver, {"a-fraction-of-a-second"}),
    (ReadingProlongs, {"reading-does-not-prolong"}),
    (DeletesNothing, {"delete-forgets"}),
    (DeletesAll, {"delete-leaves-others"}),
    (DeleteRaises, {"delete-of-nothing"}),
    (DeletesForEver, {"set-after-delete"}),
    (OneReplyForAll, {"many-at-once"}),
    (Hangs, {"nothing-is-none"}),
    (IsNotAsync, {"nothing-is-none"}),
]
