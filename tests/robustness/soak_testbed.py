"""The testbed of the soak: servers that are determined by their number, and backends in which one call in five fails.

The testbed stores nothing, because everything a server returns follows from its number. If memory grows, the library is
the cause.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address
from random import Random

from matrix_resolve import CacheBackend, DnsAnswer, HttpResponse, RecordType, SrvRecord

KINDS = 12
_IPV4, _IPV6 = int(IPv4Address("8.0.0.0")), int(IPv6Address("2600::"))
_ADDRESS_ONLY, _PORT, _TO_ADDRESS, _TO_PORT, _TO_SRV, _TO_DEFAULT, _SRV, _OLD_SRV, _REDIRECTS = range(9)
_NOT_PROVIDED, _NOWHERE = 9, 10
_NUMBER = re.compile(r"(\d+)\.example$")


def server_name(number: int) -> str:
    """Return the name of a server. Each of `KINDS` consecutive numbers is of a different kind."""
    kind = number % KINDS
    if kind == _ADDRESS_ONLY:
        return addresses_of(number)[0]
    return f"n{number}.example:8080" if kind == _PORT else f"n{number}.example"


def addresses_of(number: int) -> tuple[str, str]:
    """Return the addresses of a server and of all its hosts; no other server has them."""
    return str(IPv4Address(_IPV4 + number)), str(IPv6Address(_IPV6 + number))


class Chance:
    """Decides which calls fail and how long they take.

    Args:
        random: The source of randomness.
        faults: The share of calls that fail.
    """

    def __init__(self, random: Random, faults: float = 0.2) -> None:
        self.random = random
        self._faults = faults

    async def strikes(self) -> bool:
        """Wait a short time, and return whether this call fails."""
        await asyncio.sleep(self.random.choice((0, 0, 0, 0.01, 0.2)))
        return self.random.random() < self._faults


async def silence() -> None:
    """Never return."""
    await asyncio.Event().wait()


class SoakDns:
    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        random = self._chance.random
        if await self._chance.strikes():
            return await self._go_wrong(name)
        records = self._srv(name, refresh=refresh) if record_type == "SRV" else self._addresses(name, record_type)
        return DnsAnswer(records, random.choice((None, 0, 60, 300, 3600)), name)

    async def _go_wrong(self, name: str) -> DnsAnswer:
        how = self._chance.random.randrange(4)
        if how == 0:
            await silence()
        if how == 1:
            raise OSError("SERVFAIL")
        if how == 2:
            raise TimeoutError
        return DnsAnswer(("no address", SrvRecord(0, 0, 0, "-")), -1, name)

    @staticmethod
    def _addresses(name: str, record_type: RecordType) -> tuple[str, ...]:
        number = _number(name)
        if number % KINDS == _NOWHERE:
            return ()
        return (addresses_of(number)[record_type == "AAAA"],)

    @staticmethod
    def _srv(name: str, *, refresh: bool) -> tuple[SrvRecord, ...]:
        number = _number(name)
        kind, is_old, is_delegated = number % KINDS, name.startswith("_matrix."), ".d" in name
        if kind == _NOT_PROVIDED:
            return (SrvRecord(0, 0, 0, "."),)
        if (kind == _TO_SRV and is_delegated) or kind == (_OLD_SRV if is_old else _SRV):
            return tuple(SrvRecord(10, 1 + refresh, port, f"t{port}-{number}.example") for port in (1, 2, 3))
        return ()


class SoakHttp:
    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        assert addresses, headers
        assert timeout > 0 < max_bytes
        host = url.split("/")[2]
        if await self._chance.strikes():
            return await self._go_wrong(url)
        return self._right(host, _number(host))

    async def _go_wrong(self, url: str) -> HttpResponse:
        choose: list[HttpResponse | Exception] = [
            OSError("connection refused"),
            TimeoutError(),
            ssl.SSLCertVerificationError("self-signed"),
            HttpResponse(500),
            HttpResponse(503, (("Retry-After", "7200"),)),
            HttpResponse(200, (), b"<html>captcha</html>"),
            HttpResponse(200, (), b'{"m.server": ":"}'),
            HttpResponse(200, (), b"{" * 1000, truncated=True),
            HttpResponse(302, (("Location", url),)),
            HttpResponse(302, (("Location", "http://plain.example/"),)),
        ]
        answer = self._chance.random.choice([*choose, None])
        if answer is None:
            await silence()
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None
        return answer

    def _right(self, host: str, number: int) -> HttpResponse:
        kind = number % KINDS
        if kind == _REDIRECTS and not host.startswith("r"):
            return HttpResponse(301, (("Location", f"https://r{number}.example/elsewhere"),))
        delegated = {
            _TO_ADDRESS: addresses_of(number)[0],
            _TO_PORT: f"d{number}.example:443",
            _TO_SRV: f"d{number}.example",
            _TO_DEFAULT: f"d{number}.example",
            _REDIRECTS: f"d{number}.example:8450",
        }.get(kind)
        if delegated is None:
            return HttpResponse(404)
        age = self._chance.random.choice((0, 400, 90_000))
        return HttpResponse(200, (("Cache-Control", f"max-age={age}"),), json.dumps({"m.server": delegated}).encode())


class SoakCache:
    def __init__(self, inner: CacheBackend, chance: Chance) -> None:
        self._inner = inner
        self._chance = chance

    async def get(self, key: str) -> bytes | None:
        if await self._chance.strikes():
            return await self._go_wrong()
        return await self._inner.get(key)

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        if await self._chance.strikes():
            await self._go_wrong()
        await self._inner.set(key, value, ttl)

    async def delete(self, key: str) -> None:
        if await self._chance.strikes():
            await self._go_wrong()
        await self._inner.delete(key)

    async def _go_wrong(self) -> bytes | None:
        how = self._chance.random.randrange(3)
        if how == 0:
            await silence()
        if how == 1:
            raise ConnectionError("the cache is down")
        return self._chance.random.randbytes(40)


class Population:
    """A few popular servers and many others; servers come and go.

    Args:
        size: How many there are at a time.
        random: The source of randomness.
    """

    def __init__(self, size: int, random: Random) -> None:
        self._numbers = list(range(size))
        self._next = size
        self._random = random

    def draw(self) -> int:
        """Return the number of a server. The probability of the n-th most popular one is proportional to 1/n."""
        return self._numbers[int(len(self._numbers) ** self._random.random()) - 1]

    def replace(self) -> None:
        """Replace one server with a new one."""
        self._numbers[self._random.randrange(len(self._numbers))] = self._next
        self._next += 1


def _number(name: str) -> int:
    match = _NUMBER.search(name)
    assert match is not None, name
    return int(match[1])
