"""The testbed of the numbered cases: the base zone, fakes that log each lookup, and one row of a table."""

import ssl
from collections.abc import Mapping, Sequence

import attrs

from matrix_resolve import (
    AddressPolicy,
    ConnectionTarget,
    DnsAnswer,
    HttpResponse,
    RecordType,
    Resolution,
    ResolverPolicy,
    ServerNameResolver,
)
from matrix_resolve.testing import FakeCache, FakeClock, FakeDns, FakeHttp
from matrix_resolve.testing.http import well_known_url

DOCUMENTATION_NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
MAPPED_DOCUMENTATION = AddressPolicy(allow=DOCUMENTATION_NETWORKS)

BASE_ZONE = (
    "example.org AAAA 2001:db8::10",
    "example.org A 192.0.2.10",
    "hs.example.net AAAA 2001:db8::20",
    "hs.example.net A 198.51.100.20",
    "alias.example.net CNAME hs.example.net",
    "t1.example.com A 203.0.113.1",
    "t2.example.com A 203.0.113.2",
    "t3.example.com A 203.0.113.3",
    "v6.example.com AAAA 2001:db8::c6",
    "both.example.com AAAA 2001:db8::b",
    "both.example.com A 203.0.113.11",
    "ct.example.com CNAME t1.example.com",
)

_FAILURES: dict[str, type[Exception]] = {"SERVFAIL": OSError, "REFUSED": OSError, "TIMEOUT": TimeoutError}
_RECORD_TYPES: dict[str, RecordType] = {"A": "A", "AAAA": "AAAA", "SRV": "SRV"}


class LoggedDns(FakeDns):
    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        self.log.append(f"{record_type} {name}")
        return await super().lookup(name, record_type, refresh=refresh)


class LoggedHttp(FakeHttp):
    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    async def get(
        self,
        url: str,
        *,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout: float,  # noqa: ASYNC109 - part of the contract
    ) -> HttpResponse:
        self.log.append(f"GET {url}")
        return await super().get(url, addresses=addresses, headers=headers, max_bytes=max_bytes, timeout=timeout)


class Testbed:
    """The base zone and a log of every lookup, in order: ``"AAAA example.org"``, ``"GET https://..."``."""

    __test__ = False  # for pytest

    def __init__(self, *zone: str) -> None:
        self.log: list[str] = []
        self.clock = FakeClock()
        self.dns = LoggedDns(self.log)
        self.http = LoggedHttp(self.log)
        self.cache = FakeCache(self.clock)
        self.zone(*BASE_ZONE, *zone)

    def zone(self, *lines: str) -> None:
        """Add records from lines such as ``"t1.example.com A 203.0.113.1"``.

        Lines with the same name and type are combined.
        """
        records: dict[tuple[str, str], list[str]] = {}
        for line in lines:
            name, kind, value = line.split(" ", 2)
            records.setdefault((name, kind), []).append(value)
        for (name, kind), data in records.items():
            self._set(name, kind, data)

    def _set(self, name: str, kind: str, data: list[str]) -> None:
        if data[-1] in _FAILURES:
            failure = data.pop()
            self.dns.fail(name, _RECORD_TYPES[kind], _FAILURES[failure](failure))
        if not data:
            return
        if kind == "CNAME":
            self.dns.cname(name, data[0])
        else:
            {"A": self.dns.a, "AAAA": self.dns.aaaa, "SRV": self.dns.srv}[kind](name, *data)

    def well_known(self, *answers: HttpResponse | Exception | str, hostname: str = "example.org") -> None:
        """Set the responses to well-known requests; a string is an ``m.server``."""
        for answer in answers:
            if isinstance(answer, str):
                self.http.well_known(hostname, answer)
        rest = [answer for answer in answers if not isinstance(answer, str)]
        if rest:
            self.http.serve(well_known_url(hostname), *rest)

    def resolver(
        self,
        *,
        policy: ResolverPolicy | None = None,
        address_policy: AddressPolicy = MAPPED_DOCUMENTATION,
        random: Sequence[float] = (0.0,),
        ssl_context: ssl.SSLContext | None = None,
    ) -> ServerNameResolver:
        numbers = iter(random)
        return ServerNameResolver(
            dns=self.dns,
            http=self.http,
            cache=self.cache,
            policy=policy,
            address_policy=address_policy,
            clock=self.clock,
            ssl_context=ssl_context,
            random=lambda: next(numbers, random[-1]),
        )

    def fetches(self, hostname: str = "example.org") -> int:
        """Return how often the well-known document of *hostname* was requested."""
        return self.log.count(f"GET {well_known_url(hostname)}")


def addresses(host: str) -> list[str]:
    return [f"AAAA {host}", f"A {host}"]


def well_known(hostname: str) -> list[str]:
    """Return the lookups of an HTTPS request: addresses, then GET."""
    return [*addresses(hostname), f"GET {well_known_url(hostname)}"]


def fed(hostname: str) -> str:
    return f"SRV _matrix-fed._tcp.{hostname}"


def old(hostname: str) -> str:
    return f"SRV _matrix._tcp.{hostname}"


def fed_record(hostname: str, data: str) -> str:
    return f"_matrix-fed._tcp.{hostname} SRV {data}"


def old_record(hostname: str, data: str) -> str:
    return f"_matrix._tcp.{hostname} SRV {data}"


def hs(port: int, host: str) -> list[str]:
    return [
        f"[2001:db8::20]:{port} | {host} | dns:hs.example.net",
        f"198.51.100.20:{port} | {host} | dns:hs.example.net",
    ]


def org(port: int, host: str) -> list[str]:
    return [f"[2001:db8::10]:{port} | {host} | dns:example.org", f"192.0.2.10:{port} | {host} | dns:example.org"]


FALLBACK = org(8448, "example.org")
FALLBACK_LOOKUPS = [*well_known("example.org"), fed("example.org"), old("example.org")]


def shown(target: ConnectionTarget) -> str:
    """Return a target as the cases write it."""
    is_ip = target.dns_name is None and target.tls_server_name == target.ip
    return f"{target.endpoint} | {target.host_header} | {'ip' if is_ip else 'dns'}:{target.tls_server_name}"


@attrs.frozen(kw_only=True)
class Row:
    """One numbered case, or one variant of it.

    Exactly the lookups in *asked* are made; the order of address queries does not matter.
    """

    name: str = "example.org"
    zone: Sequence[str] = ()
    wk: HttpResponse | Exception | str | None = None
    http: Mapping[str, HttpResponse | Exception] = attrs.Factory(dict[str, "HttpResponse | Exception"])
    targets: Sequence[str] = ()
    error: str | None = None
    step: str | None = None
    asked: Sequence[str] = ()
    warnings: Sequence[str] = ()
    pinned: Mapping[str, tuple[str, ...]] = attrs.Factory(dict[str, "tuple[str, ...]"])
    policy: ResolverPolicy | None = None
    address_policy: AddressPolicy = MAPPED_DOCUMENTATION


def check_lookups(log: Sequence[str], expected: Sequence[str]) -> None:
    def steps(lookups: Sequence[str]) -> list[str]:
        return [lookup for lookup in lookups if lookup.startswith(("GET", "SRV"))]

    assert steps(log) == steps(expected)
    assert sorted(log) == sorted(expected)


def check_resolution(row: Row, resolution: Resolution) -> None:
    assert [shown(target) for target in resolution.targets] == list(row.targets)
    assert resolution.server_name == row.name
    assert resolution.step == row.step
    assert {target.host_header for target in resolution.targets} == {resolution.host_header}
    assert {target.tls_server_name for target in resolution.targets} == {resolution.tls_server_name}
    assert {warning.code for warning in resolution.warnings} >= set(row.warnings)
