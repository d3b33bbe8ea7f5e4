"""The contracts of DNS, HTTP and cache backends. An implementation needs no base class and no error class from this library."""

from .cache import CacheBackend, LockingCacheBackend
from .dns import DnsAnswer, DnsBackend, NameServerError, RecordType, SrvRecord
from .http import ConnectTo, HttpBackend, HttpResponse

__all__ = [
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
]
