"""The resolver, which is what callers use. It creates its parts, answers from the cache if it can, and otherwise calls its engine."""

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from functools import partial
from random import random as system_random
from ssl import SSLContext
from time import time
from types import TracebackType
from typing import Self

from ._cache_mode import CacheMode
from ._context import Queues
from ._engine.argument_types import check_backends, check_callables, check_policies
from ._engine.config import ResolverConfig
from ._engine.connection_slots import ConnectionSlots
from ._engine.engine import Engine, to_error
from ._engine.failed_targets import FailurePhase
from ._engine.own_backends import OwnBackends
from ._engine.resolution_cache import CacheEntry
from .address_policy import AddressPolicy
from .backends import CacheBackend, ConnectTo, DnsBackend, HttpBackend
from .errors import InvalidServerName
from .models import ConnectionTarget, Resolution
from .overrides import Override
from .policy import ResolverPolicy
from .resolve_many import Outcome, OutcomeStream, outcomes_by_name
from .server_name import ServerName
from .stats import ResolverStats
from .tls import LazySslContext
from .trace import TraceRecord


class ServerNameResolver:
    """Resolves Matrix server names to connection targets.

    All arguments are optional. A resolver can be created outside an event loop, and used on several event loops, one after the other.
    `aclose` closes the backends that the resolver has created, but not those that were passed to it.

    Args:
        dns: Answers DNS queries; `AiodnsBackend` by default.
        http: Fetches well-known documents; `AiohttpBackend` by default.
        cache: Keeps delegations for several workers; by default they stay in this resolver's memory.
        policy: Limits, lifetimes, and how strict the resolver is.
        address_policy: Which addresses may be connected to, except those of overrides; globally routable ones by default.
        overrides: For a server name: where to connect instead, ``(ip, port)`` or `UseAddresses`; or `DelegateTo`, like a well-known document.
        host_overrides: For a hostname: the addresses to use instead of those in the DNS, as in a hosts file (`parse_hosts_file`).
        nameservers: Name servers for the default DNS backend, such as ``["192.0.2.53", "[2001:db8::53]:5353"]``.
        user_agent: The User-Agent of requests for well-known documents, and of the clients that use this resolver.
        ssl_context: Decides which certificates are valid; `default_ssl_context` by default.
        connect_to: For tests and unusual networks: a function that is called with each (ip, port), after the address
            policy has allowed it, and returns the pair to connect to instead. The default HTTP backend and the clients
            of this resolver use this function.
        on_lookup: Called with each `TraceRecord` as it is made.
        clock: Returns wall-clock seconds. If its class has a method ``monotonic``, as `FakeClock` has, it replaces `time.monotonic`.
        random: Returns floats from 0 up to, but not including, 1.

    Raises:
        TypeError: If an argument is of a wrong type.
        ValueError: If an argument is not valid, or two contradict each other (*nameservers* and *dns*).
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
        host_overrides: Mapping[str, str | Sequence[str]] | None = None,
        nameservers: Sequence[str] | None = None,
        user_agent: str | None = None,
        ssl_context: SSLContext | None = None,
        connect_to: ConnectTo | None = None,
        on_lookup: Callable[[TraceRecord], None] | None = None,
        clock: Callable[[], float] = time,
        random: Callable[[], float] = system_random,
    ) -> None:
        check_backends(nameservers, dns=dns, http=http, cache=cache)
        check_policies(policy, address_policy)
        check_callables(connect_to=connect_to, on_lookup=on_lookup, clock=clock, random=random)
        self._own_backends = own = OwnBackends()
        self._tls, self._connect_to, self._is_closed = LazySslContext(ssl_context), connect_to, False
        self._policy = policy = policy or ResolverPolicy()
        self._engine: Engine | None = None
        self._config = config = ResolverConfig.create(
            dns=own.dns(nameservers) if dns is None else dns,
            http=own.http(self._tls, policy.well_known_connect_timeout, connect_to) if http is None else http,
            cache=cache,
            policy=policy,
            address_policy=address_policy,
            overrides=overrides,
            host_overrides=host_overrides,
            user_agent=user_agent,
            on_lookup=on_lookup,
            clock=clock,
            random=random,
            connects_elsewhere=connect_to is not None,
        )
        self._clock, self._wall, self._stats = config.clock, clock, config.stats
        self._resolutions, self._fast_answers = config.resolutions, config.resolutions.fast_answers

    async def resolve(self, server_name: str, *, refresh: bool = False) -> Resolution:
        """Find the targets of *server_name*.

        Args:
            server_name: A Matrix server name, such as ``"example.com"``, as a string or a `ServerName`.
            refresh: True to bypass every cache, at most once per ``ResolverPolicy.refresh_interval`` and name.

        Returns:
            The targets, in the order in which to try them, and how they were found.

        Raises:
            InvalidServerName: If *server_name* is not a valid server name.
            LookupFailed: If the network could not answer; `ResolutionTimeout` if it took too long, `ResolverBusy` if this process was too busy.
            ServerNotFound: If the name has no targets; `ServiceNotProvided` if the domain says so.
            BlockedByPolicy: If the policy forbids the name; `AddressBlocked` if the address policy refuses all addresses.
            RuntimeError: If the resolver is closed.

        Source:
            Matrix Server-Server API, "Resolving server names".
        """
        try:
            since, until, orderings = self._fast_answers[server_name]
        except (KeyError, TypeError):  # not in the cache; or not even hashable, so not a name
            pass
        else:
            wall_clock = self._wall  # calling a local variable is faster
            if since <= wall_clock() < until and not refresh:
                self._stats.hits += 1
                return next(orderings)
        return await self._resolve(self._parse(server_name), refresh=refresh)

    def _parse(self, text: str) -> ServerName:
        try:
            return ServerName.parse(text)
        except InvalidServerName as error:
            self._stats.failed[error.code] += 1
            raise

    async def _resolve(self, name: ServerName, *, refresh: bool) -> Resolution:
        """Resolve *name* after the fast path has missed."""
        engine, now = self._engine_for_this_loop(), self._clock()
        entry = self._resolutions.entry(name)
        may_refresh = entry is None or entry.was_not_refreshed_since(now - self._policy.refresh_interval)
        is_invalidated = entry is not None and entry.is_invalidated
        if is_invalidated or (refresh and may_refresh):
            newer_than = self._config.serials() if entry is None or refresh else entry.serial
            return await engine.resolve(name, CacheMode("bypass", newer_than, keeps_known=not is_invalidated))
        if entry is None or now >= entry.expires_at:
            return await engine.resolve(name)
        if entry.failure is not None:
            self._stats.hits += 1
            raise to_error(entry.failure, self._clock)
        (_, _, orderings), all_failed = self._resolutions.fast_answer(name, entry, now=now, ahead=self._clock.ahead)
        if all_failed and may_refresh:
            return await engine.resolve(name, CacheMode("bypass", entry.serial))
        if now >= entry.refresh_at:
            engine.refresh(name)
        self._stats.hits += 1
        return next(orderings)

    def resolve_many(
        self, names: Iterable[str] | AsyncIterable[str], *, concurrency: int = 100, refresh: bool = False
    ) -> OutcomeStream:
        """Resolve any number of names: ``async with resolver.resolve_many(names) as outcomes``, then ``async for outcome in outcomes``.

        Each name has one outcome, `Resolved` or `Unresolved`. Outcomes come in the order in which they are found, and an error for one name does not stop the others.
        If *names* raises an exception, or an unexpected exception occurs, the outcomes of all names taken until then come first, and then
        the exception is raised. Leaving the block ends all work, and closes *names* if it has an ``aclose``.

        Args:
            names: Server names. They are taken one by one, as *concurrency* allows.
            concurrency: The largest number of names that are being resolved, or are finished but not yet taken by the caller.
            refresh: As in `resolve`.

        Returns:
            The outcomes. They can be used only once.

        Raises:
            ValueError: If *concurrency* is not from 1 to 1,000,000.
            TypeError: If *names* is one string, or *concurrency* is not an integer.
            RuntimeError: If the resolver is closed.
        """
        raise_if_closed(self)
        known, resolve = None if refresh else self._known, partial(self.resolve, refresh=refresh)
        return OutcomeStream(names, resolve=resolve, known=known, concurrency=concurrency)

    async def resolve_all(
        self, names: Iterable[str] | AsyncIterable[str], *, concurrency: int = 100, refresh: bool = False
    ) -> dict[str, Outcome]:
        """Resolve any number of names, and return the outcome of each: `Resolved` or `Unresolved`.

        Args:
            names: Server names. All are kept until the end, so `resolve_many` is better for very many.
            concurrency: The largest number of names that are being resolved at the same time.
            refresh: As in `resolve`.

        Returns:
            The outcomes in the order of *names*. A name that occurs several times is resolved once.

        Raises:
            ValueError: If *concurrency* is less than 1.
            TypeError: If *names* is one string.
            RuntimeError: If the resolver is closed.
        """
        resolve_many = partial(self.resolve_many, concurrency=concurrency, refresh=refresh)
        return await outcomes_by_name(names, resolve_many)

    def _known(self, name: str) -> Resolution | None:
        """Return the resolution if `resolve` could return it without waiting, or None."""
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - `resolve` raises the error
            return None
        since, until, orderings = self._fast_answers.get(name, (0.0, 0.0, None))
        if orderings is None or not since <= self._wall() < until:
            return None
        self._stats.hits += 1
        return next(orderings)

    def stats(self) -> ResolverStats:
        """Return what this resolver has done since it was created. It can be called in any thread, even after `aclose` (docs/how-to/monitor.md)."""
        engine = self._engine
        in_flight, queues = (0, Queues()) if engine is None else (engine.in_flight, engine.queues)
        return self._stats.snapshot(in_flight=in_flight, queues=queues, names=len(self._resolutions))

    async def invalidate(self, server_name: str) -> None:
        """Delete everything that is cached for *server_name*. Its next resolution bypasses every cache.

        Raises:
            InvalidServerName: If *server_name* is not a valid server name.
            RuntimeError: If the resolver is closed.
        """
        name, engine = ServerName.parse(server_name), self._engine_for_this_loop()
        self._resolutions.store(name, CacheEntry.invalidated(self._config.serials()))
        await engine.forget(name)

    def report_failure(self, target: ConnectionTarget, *, during: FailurePhase = "tls") -> None:
        """Try a target that failed last within its priority for a while. When all targets of a name have failed, the name is resolved again.

        Args:
            target: The target to which connecting failed.
            during: ``"tcp"`` if the connection failed: this applies to all server names with this IP address and port. ``"tls"`` if the TLS
                handshake failed: this applies only to the target's TLS name, because anybody can publish another server's addresses.

        Raises:
            RuntimeError: If the resolver is closed.
        """
        raise_if_closed(self)
        self._resolutions.report_failure(target, during, now=self._clock())

    async def load_ssl_context(self) -> SSLContext:
        """Return the TLS context for connections to targets. The default one is created once, in a thread, because that takes some milliseconds."""
        return await self._tls.ready()

    @property
    def connect_to(self) -> ConnectTo | None:
        """The *connect_to* argument, or None."""
        return self._connect_to

    async def aclose(self) -> None:
        """End all work and close the backends that this resolver has created. Later calls do nothing."""
        self._is_closed = True
        self._resolutions.clear()
        if self._engine is not None and self._engine.is_current():
            await self._engine.aclose()
        self._engine = None
        await self._own_backends.aclose()

    async def __aenter__(self) -> Self:
        raise_if_closed(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def _engine_for_this_loop(self) -> Engine:
        raise_if_closed(self)
        if self._engine is None or not self._engine.is_current():
            self._engine = Engine(self._config)
        return self._engine


def config_of(resolver: ServerNameResolver) -> ResolverConfig:
    """Return the configuration of *resolver*, for `check_server`, which makes its own lookups with the same backends."""
    return resolver._config  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the class is in this module


def connecting_of(resolver: ServerNameResolver) -> ConnectionSlots:
    """Return the limits on connections that the clients of *resolver* open."""
    return config_of(resolver).connecting


def raise_if_closed(resolver: ServerNameResolver) -> None:
    """Raise RuntimeError if *resolver* is closed."""
    if resolver._is_closed:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - the class is in this module
        raise RuntimeError("this ServerNameResolver is closed; create a new one")
