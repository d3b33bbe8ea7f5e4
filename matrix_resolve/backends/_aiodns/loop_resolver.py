"""aiodns on the event loop's own sockets: the only place that uses anything private of aiodns.

aiodns lets c-ares run in a thread of its own, and each query and each answer then wakes a thread; that is 15 % of the CPU time of a cold
name. Where c-ares cannot have a thread, aiodns has the event loop watch the sockets of c-ares. `LoopResolver` selects that.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, Protocol
from weakref import ref

import aiodns
import pycares


class _OnSocketState(Protocol):
    def __call__(self, fd: int, is_readable: bool, is_writable: bool) -> None: ...  # noqa: FBT001 - c-ares calls it


class LoopResolver(aiodns.DNSResolver):
    """A resolver of aiodns whose sockets the event loop watches.

    Where aiodns no longer has the hook, or the event loop cannot watch sockets, c-ares keeps its thread.

    Args:
        nameservers: Their addresses; none for those that c-ares finds.
        timeout: Seconds for which c-ares waits for an answer of a name server of which it knows nothing yet.
        tries: How often each name server is asked.
        flags: Flags of c-ares, as in ares.h; they replace its own, which are EDNS alone.
        is_threaded: True to leave c-ares its thread: the usual event loop of Windows cannot watch sockets.
    """

    def __init__(
        self,
        nameservers: Sequence[str],
        *,
        timeout: float,
        tries: int,
        flags: int,
        is_threaded: bool = sys.platform == "win32",
    ) -> None:
        self._needs_thread = is_threaded
        super().__init__(nameservers, asyncio.get_running_loop(), timeout=timeout, tries=tries, flags=flags)

    def _make_channel(self, **options: Any) -> tuple[bool, pycares.Channel]:
        if self._needs_thread or not hasattr(self, "_sock_state_cb"):
            return super()._make_channel(**options)
        _, channel = super()._make_channel(sock_state_cb=_behind_a_weak_reference(self), **options)
        return False, channel


def _behind_a_weak_reference(resolver: aiodns.DNSResolver) -> _OnSocketState:
    """Return a callback for c-ares that does not keep *resolver* alive, as a channel holds its callback."""
    reference = ref(resolver)

    def on_socket_state(fd: int, is_readable: bool, is_writable: bool) -> None:  # noqa: FBT001 - c-ares calls it
        this = reference()
        if this is None or this.loop.is_closed():
            return
        this._sock_state_cb(fd, False, False)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the hook; aiodns would go on watching for writing
        if is_readable or is_writable:
            this._sock_state_cb(fd, is_readable, is_writable)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the hook

    return on_socket_state
