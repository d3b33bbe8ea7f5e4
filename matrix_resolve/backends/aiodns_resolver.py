"""aiodns on the event loop's own thread.

Left to itself c-ares runs in a thread of its own, and every question and every answer wakes one of the two: that took more CPU time than the
question itself. So the event loop watches its sockets here. c-ares does not see then that the system's name servers have changed, so
`configuration_of` tells.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

import aiodns
import pycares

from .dns import RecordType

_TICK = 0.1
"""Seconds after which c-ares looks whether it has waited long enough; it asks again after 0.25 s at the earliest."""
_NO_SOCKET = -1  # ARES_SOCKET_BAD, as in ares.h
SYSTEM_CONFIGURATION = Path("/etc/resolv.conf")

TYPES: dict[RecordType, int] = {"A": 1, "AAAA": 28, "SRV": 33}
Take = Callable[["pycares.DNSResult | None", int | None], None]
"""Is given the reply, or the number of an error of c-ares."""


def configuration_of(path: Path) -> object:
    """Give something that changes when the file of name servers does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def error_of(number: int) -> aiodns.error.DNSError:
    """Give the exception that aiodns has for an error of c-ares."""
    return aiodns.error.DNSError(number, pycares.errno.strerror(number))


class LoopResolver(aiodns.DNSResolver):
    """Asks without a thread of c-ares, and without a future for each question.

    Args:
        nameservers: Their addresses, or None for those of the system.
        timeout: Seconds for which c-ares waits before it asks again, or gives up.
        tries: How often it asks.
        is_threaded: True to leave c-ares to itself: the usual event loop of Windows cannot watch sockets.
    """

    def __init__(
        self,
        nameservers: Sequence[str] | None,
        *,
        timeout: float,
        tries: int,
        is_threaded: bool = sys.platform == "win32",
    ) -> None:
        self._needs_thread = is_threaded
        self._is_threaded = True
        self._watch: _SocketWatch | None = None
        self._open: dict[object, Take] = {}
        self._emptied: asyncio.Future[None] | None = None
        super().__init__(nameservers, asyncio.get_running_loop(), timeout=timeout, tries=tries)

    @property
    def is_in_use(self) -> bool:
        """True while c-ares waits for an answer, also to a question of its own, by which it finds out whether a name server is back."""
        return bool(self._open) or (self._watch is not None and self._watch.is_watching)

    def _make_channel(self, **options: Any) -> tuple[bool, pycares.Channel]:
        if self._needs_thread:
            return super()._make_channel(**options)
        watch = self._watch = _SocketWatch(self.loop)
        channel = pycares.Channel(sock_state_cb=watch, timeout=self._timeout, **options)
        watch.channel = ref(channel)
        self._is_threaded = False
        return False, channel

    def ask(self, name: str, record_type: RecordType, take: Take) -> None:
        """Ask a question.

        Args:
            name: The name, as text.
            record_type: The type of its records.
            take: Called once: by the event loop, or before this returns.
        """
        token = object()
        self._open[token] = take
        told = partial(self._told, token)
        try:
            self._channel.query(
                name, TYPES[record_type], callback=self._on_the_loop(told) if self._is_threaded else told
            )
        except pycares.AresError as error:  # c-ares may have told it as well
            self._told(token, None, error.args[0])
        except BaseException:
            del self._open[token]
            raise

    def _on_the_loop(self, told: Take) -> Take:
        """Let the thread of c-ares tell."""

        def tell(reply: "pycares.DNSResult | None", number: int | None) -> None:
            if not self.loop.is_closed():
                self.loop.call_soon_threadsafe(told, reply, number)

        return tell

    def _told(self, token: object, reply: "pycares.DNSResult | None", number: int | None) -> None:
        take = self._open.pop(token, None)
        if take is not None:
            take(reply, number)
        if self._emptied is not None and not self._open:
            if not self._emptied.done():
                self._emptied.set_result(None)
            self._emptied = None

    async def close(self) -> None:
        """End all questions; a thread of c-ares needs the event loop to say so."""
        await super().close()
        if not self._is_threaded:
            self._open.clear()  # all have been told, but those whom a signal's handler has interrupted
        if self._open:
            self._emptied = self.loop.create_future()
            await self._emptied

    def abandon(self) -> None:
        """Close the sockets of an event loop that is closed, and tell nobody."""
        self._open.clear()
        self.cancel()


class _SocketWatch:
    """Has the event loop watch the sockets of c-ares. It is told by c-ares which sockets there are.

    Args:
        loop: Watches.
    """

    channel: "ref[pycares.Channel]"

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._readers: set[int] = set()
        self._writers: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self, fd: int, is_readable: bool, is_writable: bool) -> None:  # noqa: FBT001 - c-ares calls it
        """Watch what is to be watched of a socket; if that is nothing, c-ares will close it."""
        if self._loop.is_closed():
            self._readers.discard(fd)
            self._writers.discard(fd)
            return
        if is_readable:
            self._loop.add_reader(fd, self._process, fd, _NO_SOCKET)
            self._readers.add(fd)
        elif fd in self._readers:
            self._loop.remove_reader(fd)
            self._readers.discard(fd)
        if is_writable:
            self._loop.add_writer(fd, self._process, _NO_SOCKET, fd)
            self._writers.add(fd)
        elif fd in self._writers:
            self._loop.remove_writer(fd)
            self._writers.discard(fd)
        self._go_on_ticking()

    @property
    def is_watching(self) -> bool:
        """True while c-ares has sockets, that is, while it waits for answers."""
        return bool(self._readers or self._writers)

    def _go_on_ticking(self) -> None:
        if self.is_watching and self._timer is None:
            self._timer = self._loop.call_later(_TICK, self._tick)
        elif not self.is_watching and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        self._process(_NO_SOCKET, _NO_SOCKET)
        self._go_on_ticking()

    def _process(self, readable: int, writable: int) -> None:
        channel = self.channel()
        if channel is not None:
            channel.process_fd(readable, writable)
