"""Resolve Matrix server names in asyncio programs: find out where to connect for federation, and which certificate to expect there.

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
    from ._connect.errors import ConnectFailed, TargetFailure, TargetFailureCode
    from ._engine.failed_targets import FailurePhase
    from .address_policy import AddressPolicy
    from .applied_overrides import AppliedOverride, OverrideArgument
    from .backends import (
        CacheBackend,
        ConnectTo,
        DnsAnswer,
        DnsBackend,
        HttpBackend,
        HttpResponse,
        LockingCacheBackend,
        NameServerError,
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
    from .identifiers import server_name_from_input, server_name_of
    from .models import ConnectionTarget, Resolution, Step
    from .overrides import DelegateTo, Override, UseAddresses, parse_hosts_file
    from .policy import Family, ResolverPolicy
    from .reasons import ResolutionWarning, WarningCode
    from .resolve_many import Outcome, OutcomeStream, Resolved, Unresolved
    from .resolver import ServerNameResolver
    from .server_name import ServerName
    from .stats import LimitCode, ResolverStats
    from .tls import default_ssl_context
    from .trace import TraceError, TraceErrorCode, TraceKind, TraceRecord

__all__ = [
    "AddressBlocked",
    "AddressPolicy",
    "AiodnsBackend",
    "AiohttpBackend",
    "AppliedOverride",
    "BlockedByPolicy",
    "CacheBackend",
    "ConnectFailed",
    "ConnectTo",
    "ConnectionTarget",
    "DelegateTo",
    "DnsAnswer",
    "DnsBackend",
    "ErrorCode",
    "FailurePhase",
    "Family",
    "FederationConnection",
    "FederationError",
    "HttpBackend",
    "HttpResponse",
    "InvalidServerName",
    "LimitCode",
    "LockingCacheBackend",
    "LookupFailed",
    "MemoryCache",
    "NameServerError",
    "Outcome",
    "OutcomeStream",
    "Override",
    "OverrideArgument",
    "RecordType",
    "RedisCache",
    "Resolution",
    "ResolutionTimeout",
    "ResolutionWarning",
    "ResolveError",
    "Resolved",
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
    "TargetFailureCode",
    "TraceError",
    "TraceErrorCode",
    "TraceKind",
    "TraceRecord",
    "Unresolved",
    "UseAddresses",
    "WarningCode",
    "default_ssl_context",
    "open_connection",
    "parse_hosts_file",
    "server_name_from_input",
    "server_name_of",
]

_HOME = {
    ".address_policy": ["AddressPolicy"],
    ".backends": [
        "CacheBackend",
        "ConnectTo",
        "DnsAnswer",
        "DnsBackend",
        "HttpBackend",
        "HttpResponse",
        "LockingCacheBackend",
        "NameServerError",
        "RecordType",
        "SrvRecord",
    ],
    ".backends.aiodns": ["AiodnsBackend"],
    ".backends.aiohttp": ["AiohttpBackend"],
    ".backends.memory": ["MemoryCache"],
    ".backends.redis": ["RedisCache"],
    ".backends.sqlite": ["SqliteCache"],
    ".resolve_many": ["Outcome", "OutcomeStream", "Resolved", "Unresolved"],
    ".clients.streams": ["FederationConnection", "open_connection"],
    "._connect.errors": ["ConnectFailed", "TargetFailure", "TargetFailureCode"],
    "._engine.failed_targets": ["FailurePhase"],
    ".stats": ["LimitCode", "ResolverStats"],
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
    ".identifiers": ["server_name_from_input", "server_name_of"],
    ".overrides": ["DelegateTo", "Override", "UseAddresses", "parse_hosts_file"],
    ".policy": ["Family", "ResolverPolicy"],
    ".resolver": ["ServerNameResolver"],
    ".server_name": ["ServerName"],
    ".tls": ["default_ssl_context"],
    ".trace": ["TraceError", "TraceErrorCode", "TraceKind", "TraceRecord"],
    ".models": ["ConnectionTarget", "Resolution", "Step"],
    ".applied_overrides": ["AppliedOverride", "OverrideArgument"],
    ".reasons": ["ResolutionWarning", "WarningCode"],
}


_find = lazy_names(globals(), _HOME)


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted(__all__)
