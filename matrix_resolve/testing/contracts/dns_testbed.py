"""The testbed of the DNS checks: a name server whose records they set, and a backend whose calls are recorded."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal, Protocol

from ...backends.dns import DnsAnswer, DnsBackend, RecordType, SrvRecord
from ..loopback.loop_thread import LoopThread
from ..loopback.name_server import serve_zone
from ..loopback.zone import Zone
from .calls import Calls
from .expectations import UnexpectedError, show
from .report import BackendFactoryResult, Check, opened

Failure = Literal["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "silence"]
_AGED = 2.0  # seconds by which a lifetime may be shorter than that of the record


class DnsTestbed(Protocol):
    """A name server whose records can be set. `Zone` implements this, and a fake can, too."""

    @property
    def asked(self) -> Sequence[str]:
        """The queries, such as ``"A example.org"``, in order."""
        ...

    def a(self, name: str, *addresses: str, ttl: float = 300.0) -> None:
        """Set the IPv4 addresses of *name*."""
        ...

    def aaaa(self, name: str, *addresses: str, ttl: float = 300.0) -> None:
        """Set the IPv6 addresses of *name*."""
        ...

    def srv(self, name: str, *records: str, ttl: float = 300.0) -> None:
        """Set the SRV records of *name*."""
        ...

    def cname(self, name: str, target: str, *, ttl: float = 300.0) -> None:
        """Make *name* an alias."""
        ...

    def fail(self, name: str, record_type: RecordType, how: Failure = "SERVFAIL") -> None:
        """Make a query fail."""
        ...

    def delay(self, name: str, record_type: RecordType, seconds: float) -> None:
        """Delay the reply to a query by *seconds*."""
        ...


DnsCheck = Check[DnsTestbed, DnsBackend]
WireCheck = Check[Zone, DnsBackend]


class RecordedDns:
    """Records the calls of a DNS backend, and checks the types of its answers."""

    def __init__(self, backend: DnsBackend, calls: Calls) -> None:
        self._backend = backend
        self._calls = calls

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Call the backend as the library does."""
        text = f"lookup({name!r}, {record_type!r}{', refresh=True' if refresh else ''})"
        answer = await self._calls.run(text, lambda: self._backend.lookup(name, record_type, refresh=refresh))
        wrong = _wrong_type(answer, SrvRecord if record_type == "SRV" else str)
        if wrong:
            raise UnexpectedError(show(answer), wrong)
        return answer


def _wrong_type(answer: Any, kind: type[object]) -> str:
    if not isinstance(answer, DnsAnswer):
        return "a matrix_resolve.DnsAnswer"
    if type(answer.records) is not tuple or any(type(record) is not kind for record in answer.records):
        return f"records that are a tuple of {kind.__name__}"
    if type(answer.ttl) not in {int, float, type(None)}:
        return "a ttl that is a number or None"
    return ""


def expect_answer(came: DnsAnswer, wanted: DnsAnswer, *, ttls: Sequence[float | None] | None = None) -> None:
    """Compare answers.

    Args:
        came: The actual answer.
        wanted: The expected answer.
        ttls: The correct lifetimes, if there are several. The actual one may be up to two seconds shorter.

    Raises:
        UnexpectedError: If they differ.
    """
    if (
        _comparable(came) != _comparable(wanted)
        or came.canonical_name != wanted.canonical_name
        or not any(_is_lifetime(came.ttl, ttl) for ttl in ttls or [wanted.ttl])
    ):
        raise UnexpectedError(show(came), show_answer(wanted, ttls))


def show_answer(wanted: DnsAnswer, ttls: Sequence[float | None] | None = None) -> str:
    """Return an answer as text, with the correct lifetimes if there are several."""
    return show(wanted) + (f", where ttl may be {' or '.join(map(str, ttls))}" if ttls else "")


def _is_lifetime(came: float | None, right: float | None) -> bool:
    if came is None or right is None:
        return came is right
    return max(0.0, right - _AGED) <= came <= right


def _comparable(answer: DnsAnswer) -> list[object]:
    """Return the records, with SRV targets in lower case: their case does not matter."""
    return [
        (record.priority, record.weight, record.port, record.target.lower())
        if isinstance(record, SrvRecord)
        else record
        for record in answer.records
    ]


def write(testbed: DnsTestbed, *lines: str) -> None:
    """Set records from lines as in a zone file, such as ``"example.org 300 A 192.0.2.1"``."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for line in lines:
        name, ttl, kind, data = line.split(" ", 3)
        grouped.setdefault((name, ttl, kind), []).append(data)
    for (name, ttl, kind), texts in grouped.items():
        match kind:
            case "CNAME":
                testbed.cname(name, texts[0], ttl=int(ttl))
            case "SRV":
                testbed.srv(name, *texts, ttl=int(ttl))
            case "AAAA":
                testbed.aaaa(name, *texts, ttl=int(ttl))
            case _:
                testbed.a(name, *texts, ttl=int(ttl))


@asynccontextmanager
async def open_zone(
    make: Callable[[str], BackendFactoryResult[DnsBackend]], calls: Calls
) -> AsyncGenerator[tuple[Zone, DnsBackend]]:
    """Start a name server and create a backend that uses it.

    The name server runs in its own thread, so that it replies even while a backend blocks the event loop.
    """
    zone, thread, stack = Zone(), LoopThread(), AsyncExitStack()
    try:
        server = await asyncio.wrap_future(thread.start(lambda: stack.enter_async_context(serve_zone(zone))))
        async with opened(make, server.address, methods=("lookup",), calls=calls) as backend:
            yield zone, RecordedDns(backend, calls)
    finally:
        await asyncio.wrap_future(thread.start(stack.aclose))
        thread.stop()
