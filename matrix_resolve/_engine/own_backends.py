"""The default backends of a resolver, which it creates and closes itself. They are imported only when they are needed."""

from collections.abc import Sequence
from typing import Protocol

from ..backends import ConnectTo, DnsBackend, HttpBackend
from ..tls import LazySslContext


class _Closing(Protocol):
    async def aclose(self) -> None: ...


class OwnBackends:
    """Creates the default backends, and closes those that it has created."""

    def __init__(self) -> None:
        self._open: list[_Closing] = []

    def dns(self, nameservers: Sequence[str] | None) -> DnsBackend:
        """Return a new default DNS backend."""
        from ..backends.aiodns import AiodnsBackend  # noqa: PLC0415 - importing it takes time, and it may not be needed

        self._open.append(backend := AiodnsBackend(nameservers))
        return backend

    def http(self, tls: LazySslContext, connect_timeout: float, connect_to: ConnectTo | None) -> HttpBackend:
        """Return a new default HTTP backend."""
        from ..backends.aiohttp import lazy_backend  # noqa: PLC0415 - importing it takes time, and it may not be needed

        self._open.append(backend := lazy_backend(tls, connect_timeout=connect_timeout, connect_to=connect_to))
        return backend

    async def aclose(self) -> None:
        """Close all of them. Later calls do nothing, but continue after a cancellation."""
        while self._open:
            backend = self._open[-1]
            await backend.aclose()
            # Two tasks may close at the same time, and a caller that was cancelled here may call this again.
            if backend in self._open:
                self._open.remove(backend)
