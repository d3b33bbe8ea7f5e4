"""Helpers for tests: a federation on loopback, fake backends, and test suites for the three backend contracts.

`LoopbackFederation` uses real DNS, TLS and HTTP, and needs the extra ``matrix-resolve[testing]``. The fakes need no
extra and no network. This library runs the contract suites on its own backends and on the fakes.
"""

from typing import TYPE_CHECKING, Any

from .._util.lazy import lazy_names

if TYPE_CHECKING:
    from .cache import FakeCache, FakeLockingCache
    from .clock import FakeClock
    from .contracts.cache import check_cache_backend, check_cache_locks
    from .contracts.dns import check_dns_backend
    from .contracts.http import check_http_backend
    from .contracts.report import ContractError
    from .dns import FakeDns
    from .http import FakeHttp, FakeRequest
    from .loopback.federation import LoopbackFederation
    from .loopback.replies import Reply
    from .loopback.seen import Seen, SeenHandshake, SeenRequest
    from .loopback.server import LoopbackServer
    from .loopback.signing_keys import SigningKey
    from .loopback.zone import Zone

__all__ = [
    "ContractError",
    "FakeCache",
    "FakeClock",
    "FakeDns",
    "FakeHttp",
    "FakeLockingCache",
    "FakeRequest",
    "LoopbackFederation",
    "LoopbackServer",
    "Reply",
    "Seen",
    "SeenHandshake",
    "SeenRequest",
    "SigningKey",
    "Zone",
    "check_cache_backend",
    "check_cache_locks",
    "check_dns_backend",
    "check_http_backend",
]

_HOME = {
    ".cache": ["FakeCache", "FakeLockingCache"],
    ".clock": ["FakeClock"],
    ".contracts.cache": ["check_cache_backend", "check_cache_locks"],
    ".contracts.dns": ["check_dns_backend"],
    ".contracts.http": ["check_http_backend"],
    ".contracts.report": ["ContractError"],
    ".dns": ["FakeDns"],
    ".http": ["FakeHttp", "FakeRequest"],
    ".loopback.federation": ["LoopbackFederation"],
    ".loopback.replies": ["Reply"],
    ".loopback.seen": ["Seen", "SeenHandshake", "SeenRequest"],
    ".loopback.server": ["LoopbackServer"],
    ".loopback.signing_keys": ["SigningKey"],
    ".loopback.zone": ["Zone"],
}
_EXTRA = {"dns", "trustme", "cryptography"}
_find = lazy_names(globals(), _HOME)


def __getattr__(name: str) -> Any:
    try:
        return _find(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        message = f'{name} needs dnspython, trustme and cryptography: pip install "matrix-resolve[testing]"'
        raise ImportError(message) from error


def __dir__() -> list[str]:
    return sorted(__all__)
