"""The contracts of DNS, HTTP and cache backends. An implementation needs no base class and no error class from this library."""

from .cache import CacheBackend, LockingCacheBackend
from .dns import DnsAnswer, DnsBackend, RecordType, SrvRecord
from .http import HttpBackend, HttpResponse

__all__ = [
    "CacheBackend",
    "DnsAnswer",
    "DnsBackend",
    "HttpBackend",
    "HttpResponse",
    "LockingCacheBackend",
    "RecordType",
    "SrvRecord",
]
