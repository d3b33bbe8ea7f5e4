"""Backends that compute their answers from the name and keep nothing: what is left in memory, or takes time, is the library's."""

from collections.abc import Mapping, Sequence
from zlib import crc32

from matrix_resolve.backends.dns import DnsAnswer, RecordType, SrvRecord
from matrix_resolve.backends.http import HttpResponse

_TTL = 86_400.0
_HTTPS = "https://"


class ComputedDns:
    """Gives each name two addresses of its own, and each name that begins with ``choice`` two SRV records of one priority."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:  # noqa: ARG002 - the contract's
        """Answer one question."""
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
    """Lets each name that begins with ``delegated`` delegate to a host and port of its own; the others are not found."""

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],  # noqa: ARG002 - the contract's
        headers: Mapping[str, str],  # noqa: ARG002 - same
        max_bytes: int,  # noqa: ARG002 - same
        timeout: float,  # noqa: ARG002, ASYNC109 - same
    ) -> HttpResponse:
        """Answer one request."""
        host = url.removeprefix(_HTTPS).partition("/")[0]
        if not host.startswith("delegated"):
            return HttpResponse(404)
        return HttpResponse(200, (), f'{{"m.server": "hs.{host}:443"}}'.encode())
