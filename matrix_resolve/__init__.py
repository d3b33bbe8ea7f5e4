"""Resolve Matrix server names in asyncio programs: where to connect for federation, and which certificate to expect there.

Example::

    async with ServerNameResolver() as resolver:
        resolution = await resolver.resolve("example.com")
        for target in resolution.targets:
            print(target.ip, target.port, target.host_header, target.tls_server_name)

This is server discovery for federation (``/.well-known/matrix/server``, SRV, port 8448), not client discovery.

Names are imported when they are first used, so ``import matrix_resolve`` loads no network library.
"""

from typing import TYPE_CHECKING, Any

from ._util.lazy import lazy_names

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ._connect.errors import ConnectFailed, TargetFailure
    from .address_policy import AddressPolicy
    from .backends import (
        CacheBackend,
        DnsAnswer,
        DnsBackend,
        HttpBackend,
        HttpResponse,
        LockingCacheBackend,
        RecordType,
        SrvRecord,
    )
    from .backends.aiodns import AiodnsBackend
    from .backends.aiohttp import AiohttpBackend
    from .backends.memory import MemoryCache
    from .backends.redis import RedisCache
    from .backends.sqlite import SqliteCache
    from .clients.streams import FederationConnection, open_connection
    from .errors import (
        AddressBlocked,
        BlockedByPolicy,
        ErrorCode,
        FederationError,
        InvalidServerName,
        LookupFailed,
        ResolutionTimeout,
        ResolveError,
        ResolverBusy,
        ServerNotFound,
        ServiceNotProvided,
    )
    from .identifiers import server_name_of
    from .models import ConnectionTarget, Resolution, Step
    from .policy import ResolverPolicy
    from .reasons import ResolutionWarning
    from .resolve_many import NameOutcome
    from .resolver import ServerNameResolver
    from .server_name import ServerName
    from .stats import ResolverStats
    from .tls import default_ssl_context
    from .trace import TraceError, TraceRecord

__all__ = [
    "AddressBlocked",
    "AddressPolicy",
    "AiodnsBackend",
    "AiohttpBackend",
    "BlockedByPolicy",
    "CacheBackend",
    "ConnectFailed",
    "ConnectionTarget",
    "DnsAnswer",
    "DnsBackend",
    "ErrorCode",
    "FederationConnection",
    "FederationError",
    "HttpBackend",
    "HttpResponse",
    "InvalidServerName",
    "LockingCacheBackend",
    "LookupFailed",
    "MemoryCache",
    "NameOutcome",
    "RecordType",
    "RedisCache",
    "Resolution",
    "ResolutionTimeout",
    "ResolutionWarning",
    "ResolveError",
    "ResolverBusy",
    "ResolverPolicy",
    "ResolverStats",
    "ServerName",
    "ServerNameResolver",
    "ServerNotFound",
    "ServiceNotProvided",
    "SqliteCache",
    "SrvRecord",
    "Step",
    "TargetFailure",
    "TraceError",
    "TraceRecord",
    "default_ssl_context",
    "open_connection",
    "server_name_of",
]

_HOME = {
    ".address_policy": ["AddressPolicy"],
    ".backends": [
        "CacheBackend",
        "DnsAnswer",
        "DnsBackend",
        "HttpBackend",
        "HttpResponse",
        "LockingCacheBackend",
        "RecordType",
        "SrvRecord",
    ],
    ".backends.aiodns": ["AiodnsBackend"],
    ".backends.aiohttp": ["AiohttpBackend"],
    ".backends.memory": ["MemoryCache"],
    ".backends.redis": ["RedisCache"],
    ".backends.sqlite": ["SqliteCache"],
    ".resolve_many": ["NameOutcome"],
    ".clients.streams": ["FederationConnection", "open_connection"],
    "._connect.errors": ["ConnectFailed", "TargetFailure"],
    ".stats": ["ResolverStats"],
    ".errors": [
        "AddressBlocked",
        "BlockedByPolicy",
        "ErrorCode",
        "FederationError",
        "InvalidServerName",
        "LookupFailed",
        "ServerNotFound",
        "ResolutionTimeout",
        "ResolveError",
        "ResolverBusy",
        "ServiceNotProvided",
    ],
    ".identifiers": ["server_name_of"],
    ".policy": ["ResolverPolicy"],
    ".resolver": ["ServerNameResolver"],
    ".server_name": ["ServerName"],
    ".tls": ["default_ssl_context"],
    ".trace": ["TraceError", "TraceRecord"],
    ".models": ["ConnectionTarget", "Resolution", "Step"],
    ".reasons": ["ResolutionWarning"],
}


_find = lazy_names(globals(), _HOME)


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted(__all__)
