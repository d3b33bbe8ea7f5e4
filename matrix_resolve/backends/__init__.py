"""The three contracts. An implementation needs no base class of ours, and no error class: see each contract's module."""

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
