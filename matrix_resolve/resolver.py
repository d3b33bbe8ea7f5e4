"""The resolver: what callers hold. It composes the parts, answers hits by itself and gives everything else to a workshop."""

from collections.abc import Callable, Mapping, Sequence
from random import random as system_random
from ssl import SSLContext
from time import time
from types import TracebackType
from typing import Protocol, Self

from . import __version__
from .address_policy import AddressPolicy
from .backends import CacheBackend, DnsBackend, HttpBackend
from .backends.memory import MemoryCache
from .background import TroubleLog
from .hot_layer import Entry, HotLayer
from .policy import ResolverPolicy
from .server_name import ServerName, canonical_ip
from .tls import LazySslContext
from .trace import TraceRecord
from .values import ConnectionTarget, Resolution
from .workshop import Materials, Workshop

_MAX_PORT = 65535
Override = str | Sequence[ConnectionTarget]
ConnectTo = Callable[[str, int], tuple[str, int]]


class _Closing(Protocol):
    async def aclose(self) -> None: ...


class ServerNameResolver:
    """Resolves Matrix server names to connection targets.

    Everything is optional. It may be made outside an event loop, and used on several, one after the other. What it makes itself it closes
    in `aclose`; what it is given it leaves open.

    Args:
        dns: Answers DNS questions; `AiodnsBackend` by default.
        http: Fetches well-knowns; `AiohttpBackend` by default.
        cache: Keeps what well-knowns said; a `MemoryCache` by default.
        policy: Limits, lifetimes and leniency.
        address_policy: Which addresses may be connected to; globally routable ones by default.
        overrides: For a server name (in whatever case): the name to use as if a well-known had said it, or the very targets to give back.
            Overrides are not subject to the address policy.
        nameservers: Name servers for the default DNS backend, such as ``["192.0.2.53", "[2001:db8::53]:5353"]``.
        user_agent: The User-Agent of well-known requests.
        ssl_context: Decides which certificates are valid; `default_ssl_context` by default.
        connect_to: For tests and odd networks: gets each (ip, port) that is to be connected to, after the address policy, and gives the one
            to use instead. It serves the default HTTP backend and the clients that use this resolver.
        on_event: Called with each `TraceRecord` as it is made.
        clock: Wall-clock seconds.
        random: Gives floats from 0 up to, but not including, 1.

    Raises:
        ValueError: If arguments contradict each other (*nameservers* with *dns*), or one cannot be used.
        InvalidServerName: If an override is none.
    """

    def __init__(
        self,
        *,
        dns: DnsBackend | None = None,
        http: HttpBackend | None = None,
        cache: CacheBackend | None = None,
        policy: ResolverPolicy | None = None,
        address_policy: AddressPolicy | None = None,
        overrides: Mapping[str, Override] | None = None,
        nameservers: Sequence[str] | None = None,
        user_agent: str | None = None,
        ssl_context: SSLContext | None = None,
        connect_to: ConnectTo | None = None,
        on_event: Callable[[TraceRecord], None] | None = None,
        clock: Callable[[], float] = time,
        random: Callable[[], float] = system_random,
    ) -> None:
        if dns is not None and nameservers is not None:
            raise ValueError("nameservers= is for the default DNS backend; with dns=, give them to that backend")
        policy = policy or ResolverPolicy()
        self._policy = policy
        self._clock = clock
        self._tls = LazySslContext(ssl_context)
        self._connect_to = connect_to
        self._hot = HotLayer(policy)
        self._views = self._hot.views
        self._own: list[_Closing] = []
        self._materials = Materials(
            dns=dns if dns is not None else self._default_dns(nameservers),
            http=http if http is not None else self._default_http(),
            cache=cache if cache is not None else MemoryCache(max_entries=policy.max_names, clock=clock),
            is_cache_shared=cache is not None,
            policy=policy,
            address_policy=address_policy or AddressPolicy(),
            overrides={ServerName.parse(name).lower(): _override(value) for name, value in (overrides or {}).items()},
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": _user_agent(user_agent),
            },
            on_event=on_event,
            clock=clock,
            random=random,
            trouble=TroubleLog(clock),
            hot=self._hot,
        )
        self._workshop: Workshop | None = None
        self._is_closed = False

    def _default_dns(self, nameservers: Sequence[str] | None) -> DnsBackend:
        from .backends.aiodns import AiodnsBackend  # noqa: PLC0415 - only those who use it pay for its import

        backend = AiodnsBackend(nameservers)
        self._own.append(backend)
        return backend

    def _default_http(self) -> HttpBackend:
        from .backends.aiohttp import AiohttpBackend  # noqa: PLC0415 - same

        backend = AiohttpBackend(self._tls, connect_timeout=self._policy.connect_timeout, connect_to=self._connect_to)
        self._own.append(backend)
        return backend

    async def resolve(self, server_name: str, *, refresh: bool = False) -> Resolution:
        """Find where *server_name* is to be reached.

        Args:
            server_name: A Matrix server name, such as ``"example.com"``; a `ServerName` is one, too.
            refresh: True to ask past every cache, which is done at most once per ``ResolverPolicy.refresh_interval`` and name.

        Returns:
            The targets, in the order in which to try them, and how they were found.

        Raises:
            InvalidServerName: If it is no server name.
            LookupFailed: If the network could not answer; `ResolutionTimeout` if it took too long.
            NoTargets: If the answer is "nowhere"; `ServiceNotProvided` if the domain says so, `AddressBlocked` if the address policy does.
            RuntimeError: If the resolver is closed.

        Source:
            Matrix Server-Server API, "Resolving server names".
        """
        try:
            until, draw = self._views[server_name]
        except KeyError:
            pass
        else:
            if self._clock() < until and not refresh:
                return draw()
        return await self._resolve(ServerName.parse(server_name), refresh=refresh)

    async def _resolve(self, name: ServerName, *, refresh: bool) -> Resolution:
        """Everything that is not a hit."""
        workshop, now = self._workshop_here(), self._clock()
        entry = self._hot.entry(name)
        may_refresh = entry is None or entry.asked_at is None or now - entry.asked_at >= self._policy.refresh_interval
        if (refresh and may_refresh) or (entry is not None and entry.fresh_next):
            return await workshop.resolve(name, "new")
        if entry is None or now >= entry.expires_at:
            return await workshop.resolve(name, "normal")
        if entry.failure is not None:
            raise entry.failure.to_error()
        (_, draw), all_failed = self._hot.view(name, entry, now=now)
        if all_failed and may_refresh:
            return await workshop.resolve(name, "new")
        if now >= entry.refresh_at:
            workshop.refresh(name)
        return draw()

    async def invalidate(self, server_name: str) -> None:
        """Forget all that is known about *server_name*; its next resolution asks past every cache.

        Raises:
            InvalidServerName: If it is no server name.
            RuntimeError: If the resolver is closed.
        """
        name, workshop = ServerName.parse(server_name), self._workshop_here()
        self._hot.store(name, Entry((), None, expires_at=0.0, refresh_at=0.0, fresh_next=True))
        if name.dns_name is not None:
            await workshop.forget(name.dns_name)

    def report_failure(self, target: ConnectionTarget) -> None:
        """Say that connecting to *target* failed: its IP and port go to the end of their priority for a while, for every server name.

        When all targets of a name are so marked, its next resolution asks past every cache, at most once per ``refresh_interval``.

        Raises:
            RuntimeError: If the resolver is closed.
        """
        self._check_open()
        self._hot.report_failure(target, now=self._clock())

    @property
    def ssl_context(self) -> SSLContext:
        """The TLS context for connections to targets; making the default one takes some milliseconds, once."""
        return self._tls.get()

    async def load_ssl_context(self) -> SSLContext:
        """Give `ssl_context` without blocking the event loop while it is made."""
        return await self._tls.ready()

    @property
    def connect_to(self) -> ConnectTo | None:
        """Where connections go instead of where they are meant to go; None if they go there."""
        return self._connect_to

    async def aclose(self) -> None:
        """End all work and close what this resolver has made; calling it again does nothing."""
        self._is_closed = True
        self._hot.clear()
        if self._workshop is not None and self._workshop.is_here():
            await self._workshop.aclose()
        self._workshop = None
        while self._own:
            backend = self._own[-1]
            await backend.aclose()
            if backend in self._own:  # two may close at the same time, and who was cancelled here may call this again
                self._own.remove(backend)

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def _workshop_here(self) -> Workshop:
        self._check_open()
        if self._workshop is None or not self._workshop.is_here():
            self._workshop = Workshop(self._materials)
        return self._workshop

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("this ServerNameResolver is closed")


def _override(value: Override) -> ServerName | tuple[ConnectionTarget, ...]:
    if isinstance(value, str):
        return ServerName.parse(value)
    if not value:
        raise ValueError("an override without targets leads nowhere")
    for target in value:
        _check_target(target)
    return tuple(value)


def _check_target(target: ConnectionTarget) -> None:
    """Refuse what would reach nobody, or (an empty TLS name) whoever happens to be there."""
    canonical_ip(target.ip)
    ServerName.parse(target.host_header)
    name = target.tls_server_name
    identity = ServerName.parse(f"[{name}]" if ":" in name else name)
    if identity.port is not None or not 1 <= target.port <= _MAX_PORT:
        message = (
            f"an override has the target {target}; its TLS name has no port, and its port is between 1 and {_MAX_PORT}"
        )
        raise ValueError(message)


def _user_agent(text: str | None) -> str:
    agent = f"matrix-resolve/{__version__}" if text is None else text
    if not agent.isascii() or not agent.isprintable():
        message = f"the User-Agent {agent!r} is not printable ASCII"
        raise ValueError(message)
    return agent
