"""Backends that compute their answers and keep nothing, so that all memory belongs to the library."""

from collections.abc import Mapping, Sequence
from zlib import crc32

from matrix_resolve.backends.dns import DnsAnswer, RecordType, SrvRecord
from matrix_resolve.backends.http import HttpResponse

_TTL = 86_400.0
_HTTPS = "https://"


class ComputedDns:
    """Returns two addresses for each name, and two SRV records for names that begin with ``choice``."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:  # noqa: ARG002 - the signature of the contract
        """Compute the answer to a query."""
        number = crc32(name.encode())
        if record_type == "A":
            return DnsAnswer((f"45.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",), _TTL, name)
        if record_type == "AAAA":
            return DnsAnswer((f"2a01:4f8:{number >> 16 | 1:x}:{number & 0xFFFF | 1:x}::1",), _TTL, name)
        host = name.partition("._tcp.")[2]
        if not (host.startswith("choice") and name.startswith("_matrix-fed.")):
            return DnsAnswer((), None, name)
        return DnsAnswer(tuple(SrvRecord(0, 1, 8448, f"{node}.{host}") for node in ("a", "b")), _TTL, name)


class ComputedHttp:
    """Delegates each name that begins with ``delegated`` to a host and port of its own.

    Other names have no well-known document.
    """

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],  # noqa: ARG002 - the signature of the contract
        headers: Mapping[str, str],  # noqa: ARG002 - the signature of the contract
        max_bytes: int,  # noqa: ARG002 - the signature of the contract
        timeout: float,  # noqa: ARG002, ASYNC109 - the signature of the contract
    ) -> HttpResponse:
        """Compute the response to a request."""
        host = url.removeprefix(_HTTPS).partition("/")[0]
        if not host.startswith("delegated"):
            return HttpResponse(404)
        return HttpResponse(200, (), f'{{"m.server": "hs.{host}:443"}}'.encode())
