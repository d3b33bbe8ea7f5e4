"""The resolvers that the table compares, each as an object that looks up one name at a time.

Each row has a new resolver, because c-ares remembers what it has seen of a name server.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, cast

import aiodns
import dns.asyncresolver
import dns.name
import dns.resolver

from matrix_resolve import RecordType
from matrix_resolve.backends import DnsBackend, SrvRecord
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.backends.dnspython import DnspythonBackend

from .row import FAILS, NONE

LIMIT = 12.0
"""Seconds for a lookup: glibc waits five seconds for each silent name server."""
_TYPES = {"A": 1, "AAAA": 28, "SRV": 33}
_CNAME, _CLASS_IN, _MAX_CHAIN = 5, 1, 16
_NO_SUCH_RECORD_CARES = {1, 4}  # ARES_ENODATA, ARES_ENOTFOUND
_NO_SUCH_RECORD_GLIBC = {socket.EAI_NONAME, socket.EAI_NODATA}


class Contender(Protocol):
    """Looks up names with the name servers of the system."""

    async def lookup(self, name: str, record_type: RecordType) -> str | None:
        """Return the records as text, `NONE`, or None if this resolver does not support the type.

        Any exception means that there is no answer.
        """
        ...

    async def aclose(self) -> None:
        """Close the resolver."""
        ...


class Ours:
    """A backend of this library."""

    def __init__(self, make: Callable[[], DnsBackend]) -> None:
        self._backend = make()

    async def lookup(self, name: str, record_type: RecordType) -> str | None:
        answer = await self._backend.lookup(name.lower(), record_type)
        return _text(map(_line, answer.records))

    async def aclose(self) -> None:
        if isinstance(self._backend, AiodnsBackend):
            await self._backend.aclose()


class CAres:
    """c-ares as aiodns configures it. It does not check the owners and types of records, so this class does."""

    def __init__(self) -> None:
        self._resolver = aiodns.DNSResolver()

    async def lookup(self, name: str, record_type: RecordType) -> str | None:
        try:
            result = await self._resolver.query_dns(name, record_type)
        except aiodns.error.DNSError as error:
            if error.args[0] in _NO_SUCH_RECORD_CARES:
                return NONE
            raise
        return _text(_at_the_end(name, _TYPES[record_type], result.answer))

    async def aclose(self) -> None:
        await self._resolver.close()


class Dnspython:
    """dnspython's own resolver."""

    def __init__(self) -> None:
        self._resolver = dns.asyncresolver.Resolver()

    async def lookup(self, name: str, record_type: RecordType) -> str | None:
        try:
            answer = await self._resolver.resolve(
                dns.name.from_text(name), record_type, search=False, raise_on_no_answer=False, lifetime=LIMIT
            )
        except dns.resolver.NXDOMAIN:
            return NONE
        records = cast("Iterable[object]", answer.rrset or ())
        return _text(str(data).rstrip(".") for data in records)

    async def aclose(self) -> None:
        """Do nothing, because nothing is open."""


class Glibc:
    """``getaddrinfo`` of glibc, in a new thread, which has its own resolver. It looks up addresses only."""

    async def lookup(self, name: str, record_type: RecordType) -> str | None:
        if record_type == "SRV":
            return None
        family = socket.AF_INET if record_type == "A" else socket.AF_INET6
        try:
            found = await _in_thread(lambda: socket.getaddrinfo(f"{name}.", None, family, socket.SOCK_STREAM))
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_RECORD_GLIBC:
                return NONE
            raise
        return _text(str(each[4][0]) for each in found)

    async def aclose(self) -> None:
        """Do nothing, because the resolver ends with its thread."""


class Broken:
    """A resolver that could not be created."""

    async def lookup(self, name: str, record_type: RecordType) -> str | None:
        del name, record_type
        return FAILS

    async def aclose(self) -> None:
        """Do nothing, because nothing is open."""


CONTENDERS: dict[str, tuple[str, Callable[[], Contender]]] = {
    "aiodnsbackend": ("`AiodnsBackend`", lambda: Ours(AiodnsBackend)),
    "dnspythonbackend": ("`DnspythonBackend`", lambda: Ours(DnspythonBackend)),
    "cares": ("c-ares", CAres),
    "dnspython": ("dnspython", Dnspython),
    "glibc": ("glibc", Glibc),
}
"""The name on the page and a function that creates the contender.

The key is part of the queried name, so that a name server knows the contender.
"""


def made(key: str) -> Contender:
    """Return a new contender. If the system's configuration prevents that, it gives no answers."""
    try:
        return CONTENDERS[key][1]()
    except Exception:  # noqa: BLE001 - each has its own errors
        return Broken()


async def outcome(contender: Contender, name: str, record_type: RecordType) -> str | None:
    """Return the outcome of a lookup."""
    try:
        async with asyncio.timeout(LIMIT):
            return await contender.lookup(name, record_type)
    except Exception:  # noqa: BLE001 - each has its own errors, and all mean that there is no answer
        return FAILS


async def _in_thread(call: Callable[[], Any]) -> Any:
    """Call a function that may block for long, in a thread for which nothing waits at exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(result: object, error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def run() -> None:
        outcome: tuple[Any, Exception | None]
        try:
            outcome = call(), None
        except OSError as error:
            outcome = None, error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, daemon=True).start()
    return await done


def _text(records: Iterable[str]) -> str:
    return ", ".join(sorted(records)) or NONE


def _line(record: str | SrvRecord) -> str:
    if isinstance(record, SrvRecord):
        return f"{record.priority} {record.weight} {record.port} {record.target.rstrip('.')}"
    return record


def _at_the_end(name: str, kind: int, records: Sequence[Any]) -> list[str]:
    """Return the records of the name at the end of the chain of aliases."""
    mine = [record for record in records if record.record_class == _CLASS_IN]
    aliases = {record.name.lower(): record.data.cname.lower() for record in mine if record.type == _CNAME}
    owner = name.lower()
    for _ in range(_MAX_CHAIN):
        owner = aliases.get(owner, owner)
    found = [record.data for record in mine if record.type == kind and record.name.lower() == owner]
    if kind == _TYPES["SRV"]:
        return [f"{data.priority} {data.weight} {data.port} {data.target}" for data in found]
    return [str(data.addr) for data in found]
