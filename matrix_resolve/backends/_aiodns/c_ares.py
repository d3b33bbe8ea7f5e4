"""An aiodns resolver whose sockets the event loop watches. Only this module uses private names of aiodns.

By default, aiodns runs c-ares in a thread, which each query and each answer wakes up. That takes 15 % of the CPU time for a name that is not
cached. If c-ares cannot have a thread, aiodns lets the event loop watch its sockets instead. `LoopResolver` selects that.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any
from weakref import ref

import aiodns
import pycares


class LoopResolver(aiodns.DNSResolver):
    """An aiodns resolver whose sockets the event loop watches. If that is impossible, as on Windows, c-ares keeps its thread."""

    needs_thread: bool = sys.platform == "win32"

    def __init__(self, nameservers: Sequence[str], *, timeout: float, tries: int = 2, flags: int) -> None:
        super().__init__(nameservers, asyncio.get_running_loop(), timeout=timeout, tries=tries, flags=flags)

    def _make_channel(self, **options: Any) -> tuple[bool, pycares.Channel]:
        if self.needs_thread or not hasattr(self, "_sock_state_cb"):
            return super()._make_channel(**options)
        resolver = ref(self)  # a weak reference, because a channel keeps its callback alive

        def on_socket_state(fd: int, is_readable: bool, is_writable: bool) -> None:  # noqa: FBT001 - c-ares calls it
            this = resolver()
            if this is None or this.loop.is_closed():
                return
            on_state = this._sock_state_cb  # noqa: SLF001 - aiodns has no public name for it
            on_state(fd, False, False)  # by itself, aiodns would not stop watching for writing
            if is_readable or is_writable:
                on_state(fd, is_readable, is_writable)

        return False, super()._make_channel(sock_state_cb=on_socket_state, **options)[1]
