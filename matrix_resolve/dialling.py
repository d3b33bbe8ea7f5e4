"""Connecting to a server name: its targets in their order, raced, until one has proved to be the server.

`reach` follows the routes to a server name, and asks for new ones when those known from before lead nowhere. `dial` opens a connection along
one route. Both are what the clients have in common; an HTTP client looks into its pool of connections between the two.

Source: Matrix Server-Server API, "Resolving server names" and "TLS"; RFC 2782 (priorities); RFC 8305 (races).
"""

import asyncio
import math
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import groupby, takewhile
from typing import Generic, TypeVar

import attrs
from aiohappyeyeballs import start_connection  # pyright: ignore[reportUnknownVariableType] - its tuples are bare

from .connect_errors import describe_failure
from .errors import ResolveError
from .resolver import ConnectTo, ServerNameResolver
from .server_name import canonical_ip
from .values import ConnectionTarget

ATTEMPT_DELAY = 0.25
"""Seconds for which a target's TCP handshake is waited for before the next target of the priority is tried, too (RFC 8305, section 5)."""

PRIORITY_DELAY = 2.0
"""Seconds for which a priority, or a target's TLS handshake where TCP came about, is waited for before others are tried, too."""

CONNECT_TIMEOUT = 8.0
"""Seconds for one target, TCP and TLS handshakes together."""

T = TypeVar("T")
P = TypeVar("P", bound=asyncio.Protocol)


@attrs.frozen
class Route:
    """Targets to which one and the same request can be sent.

    Attributes:
        host_header: The Host header.
        tls_server_name: The name that the certificate must be valid for.
        targets: Where to connect, in the order in which to try.
    """

    host_header: str
    tls_server_name: str
    targets: tuple[ConnectionTarget, ...]

    @property
    def pool_host(self) -> str:
        """A hostname that stands for Host and TLS name in a client's pool of connections; nobody can have it (RFC 6761, section 6.4).

        Pools know a connection by the host of its URL, which two servers behind one address may share. By this name they cannot.
        """
        return f"{self.host_header}|{self.tls_server_name}".encode().hex() + ".invalid"


@attrs.frozen
class TargetFailure:
    """Why one target could not be used.

    Attributes:
        target: The target.
        code: ``refused``, ``timeout``, ``reset``, ``network``, ``not-tls``, ``tls``, ``certificate``, ``certificate-name``,
            ``certificate-time`` or ``certificate-untrusted``.
        message: One sentence that says what has to be changed.
        error: The exception behind it.
    """

    target: ConnectionTarget
    code: str
    message: str
    error: OSError

    @classmethod
    def of(cls, error: OSError, target: ConnectionTarget) -> "TargetFailure":
        """Describe what connecting to *target* raised."""
        return cls(target, *describe_failure(error, target), error)


class NoTargetReached(ConnectionError):  # noqa: N818 - named by what happened, as all errors here
    """A server name has targets, and none of them could be connected to.

    Its cause is an `ExceptionGroup` of what each target's connection raised.

    Args:
        server_name: The server name.
        failures: Why each target could not be used, in order.
        remark: More to say, or an empty text.
    """

    def __init__(self, server_name: str, failures: Sequence[TargetFailure], remark: str = "") -> None:
        addresses: dict[str, list[str]] = {}
        for failure in failures:
            addresses.setdefault(failure.message, []).append(failure.target.address)
        told = [f"{', '.join(where)}: {what}" for what, where in addresses.items()]
        super().__init__(f"{server_name}: no target could be connected to; " + "; ".join(told) + remark)
        self.server_name = server_name
        self.failures = tuple(failures)

    @property
    def is_timeout(self) -> bool:
        """True if no target answered in time, and nothing else was wrong with any."""
        return all(failure.code == "timeout" for failure in self.failures)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by attributes, as the arguments are no message."""
        return type(self).__new__, (type(self), *self.args), self.__dict__


@attrs.frozen
class Dialled(Generic[P]):
    """An open TLS connection.

    Attributes:
        target: What it is connected to.
        transport: Its transport.
        protocol: Its protocol.
    """

    target: ConnectionTarget
    transport: asyncio.Transport
    protocol: P


async def reach(resolver: ServerNameResolver, server_name: str, attempt: Callable[[Route], Awaitable[T]]) -> T:
    """Let *attempt* follow each route to *server_name*, until one leads there.

    When all targets of an answer known from before have failed, the name is resolved anew, once, and targets not tried yet get their turn.

    Args:
        resolver: Resolves the name.
        server_name: The Matrix server name.
        attempt: Follows a route; its `NoTargetReached` lets the next one be tried, and everything else ends the matter.

    Returns:
        What *attempt* returned.

    Raises:
        ResolveError: If the name has no targets.
        NoTargetReached: If none of them could be connected to.
    """
    resolution = await resolver.resolve(server_name)
    failures = list[TargetFailure]()
    for may_ask_anew in (True, False):
        for route in _routes(resolution.targets, failures):
            try:
                return await attempt(route)
            except NoTargetReached as error:
                failures += error.failures
        if not may_ask_anew or not any(record.cached for record in resolution.trace):
            break
        try:
            resolution = await resolver.resolve(server_name, refresh=True)
        except ResolveError as error:
            raise NoTargetReached(server_name, failures, f"; asked anew: {error}") from _group(failures)
    raise NoTargetReached(server_name, failures) from _group(failures)


async def dial(
    resolver: ServerNameResolver,
    route: Route,
    protocol_factory: Callable[[], P],
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    timeout: float | None = None,  # noqa: ASYNC109 - what has come about by then is told, which a TimeoutError could not
    connect_to: ConnectTo | None = None,
) -> Dialled[P]:
    """Open a TLS connection to the first target of *route* that proves to be the server.

    A target is tried when those before it have failed, or have had their time and go on beside it. Failed ones, and those that a later one
    has overtaken, are reported to the resolver.

    Args:
        resolver: Gives the TLS context, and is told which targets failed.
        route: The targets.
        protocol_factory: Makes a protocol for each TLS connection that is begun.
        connect_timeout: Seconds for one target, TCP and TLS handshakes together.
        timeout: Seconds for all of them together; None for no limit.
        connect_to: Gets each target's (ip, port) and gives the one to connect to instead; the resolver's by default.

    Raises:
        NoTargetReached: If none of the targets could be connected to.

    Source:
        RFC 8305, section 5.
    """
    context = await resolver.load_ssl_context()
    connect_to = connect_to or resolver.connect_to or _as_it_is
    loop = asyncio.get_running_loop()
    deadline = math.inf if timeout is None else loop.time() + timeout

    async def connect(target: ConnectionTarget, in_tls: Callable[[], None]) -> Dialled[P]:
        ip, port = connect_to(target.ip, target.port)
        async with asyncio.timeout_at(min(loop.time() + connect_timeout, deadline)):
            sock = await start_connection([_address_info(canonical_ip(ip), port)])
            in_tls()
            try:
                transport, protocol = await loop.create_connection(
                    protocol_factory, sock=sock, ssl=context, server_hostname=target.tls_server_name
                )
            except BaseException:
                sock.close()
                raise
            return Dialled(target, transport, protocol)

    race = _Race(connect, resolver.report_failure)
    try:
        for target, following in zip(route.targets, [*route.targets[1:], None], strict=True):
            winner = await race.run(target, following)
            if winner is not None:
                return winner
            if loop.time() >= deadline:
                break
    finally:
        await race.aclose()
    raise NoTargetReached(route.tls_server_name, race.failures) from _group(race.failures)


@attrs.define
class _Race(Generic[P]):
    """Attempts to connect that run beside each other, and what went wrong with those that have ended."""

    connect: Callable[[ConnectionTarget, Callable[[], None]], Awaitable[Dialled[P]]]
    report_failure: Callable[[ConnectionTarget], None]
    failures: list[TargetFailure] = attrs.Factory(list[TargetFailure])
    _running: dict["asyncio.Task[Dialled[P]]", ConnectionTarget] = attrs.Factory(
        dict["asyncio.Task[Dialled[P]]", ConnectionTarget]
    )
    _in_tls: set[ConnectionTarget] = attrs.Factory(set[ConnectionTarget])

    async def run(self, target: ConnectionTarget, following: ConnectionTarget | None) -> Dialled[P] | None:
        """Begin with *target*, and wait for a winner, or until it is the turn of the *following* one."""
        self._running[asyncio.ensure_future(self._attempt(target))] = target
        if following is None:
            return await self._winner_within(None)
        winner = await self._winner_within(ATTEMPT_DELAY)
        if winner is None and (following.priority != target.priority or target in self._in_tls):
            winner = await self._winner_within(PRIORITY_DELAY - ATTEMPT_DELAY)
        return winner

    async def _attempt(self, target: ConnectionTarget) -> Dialled[P]:
        try:
            return await self.connect(target, lambda: self._in_tls.add(target))
        finally:
            self._in_tls.discard(target)

    async def _winner_within(self, seconds: float | None) -> Dialled[P] | None:
        """Wait until an attempt has succeeded, all have failed, or the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while self._running:
                    done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                    for task in [task for task in self._running if task in done]:
                        winner = self._take(task)
                        if winner is not None:
                            return winner
        except TimeoutError:
            pass
        return None

    def _take(self, task: "asyncio.Task[Dialled[P]]") -> Dialled[P] | None:
        """Take an attempt that has ended out of the race."""
        earlier = list(takewhile(lambda other: other is not task, self._running))
        target = self._running.pop(task)
        try:
            winner = task.result()
        except OSError as error:
            self.report_failure(target)
            self.failures.append(TargetFailure.of(error, target))
            return None
        for overtaken in earlier:
            self.report_failure(self._running[overtaken])
        return winner

    async def aclose(self) -> None:
        """End the attempts that nobody waits for any more, and close what they may have opened in the same moment."""
        for task in self._running:
            task.cancel()
        for ended in await asyncio.gather(*self._running, return_exceptions=True):
            if isinstance(ended, Dialled):
                ended.transport.abort()


def _routes(targets: Iterable[ConnectionTarget], failures: Iterable[TargetFailure]) -> Iterator[Route]:
    """Put targets that expect the same request together, and leave out those that have failed."""
    tried = {_place(failure.target) for failure in failures}
    left = [target for target in targets if _place(target) not in tried]
    for (host_header, tls_server_name), group in groupby(left, lambda one: (one.host_header, one.tls_server_name)):
        yield Route(host_header, tls_server_name, tuple(group))


def _place(target: ConnectionTarget) -> tuple[str, int, str, str]:
    return target.ip, target.port, target.host_header, target.tls_server_name


def _group(failures: Iterable[TargetFailure]) -> "ExceptionGroup[OSError]":
    return ExceptionGroup("each target's failure", [failure.error for failure in failures])


def _as_it_is(ip: str, port: int) -> tuple[str, int]:
    return ip, port


def _address_info(ip: str, port: int) -> tuple[int, int, int, str, tuple[str | int, ...]]:
    if ":" in ip:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (ip, port)


class StreamProtocol(asyncio.StreamReaderProtocol):
    """The protocol of a `asyncio.StreamReader` of its own.

    Attributes:
        reader: The reader.
        received: How many bytes came.
    """

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()
        self.received = 0
        super().__init__(self.reader)

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        self.received += len(data)
        super().data_received(data)

    def writer_to(self, transport: asyncio.Transport) -> asyncio.StreamWriter:
        """Make the writer that belongs to the reader."""
        return asyncio.StreamWriter(transport, self, self.reader, asyncio.get_running_loop())
