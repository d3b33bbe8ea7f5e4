"""Names that cause many warnings or failures: how many are created and kept. The tests count work, not time."""

import asyncio
import pickle
from collections.abc import Callable

import pytest

from matrix_resolve import (
    HttpResponse,
    ResolutionWarning,
    ResolveError,
    ServerNameResolver,
    SrvRecord,
    TraceRecord,
)
from matrix_resolve.resolver import config_of
from matrix_resolve.testing import FakeDns, FakeHttp
from matrix_resolve.testing.http import well_known_url
from tests._support.virtual_clock import VirtualClockLoop

from .many_hosts import HOSTS, MOST, ManyHosts, made, one_priority, private, reasons, resolver, v4

LONG = [f"{number:03}{'x' * 60}.{'x' * 63}.{'x' * 63}.example" for number in range(MOST)]


class TestWarnings:
    """At most 50 warnings are kept."""

    async def test_of_128_hosts_with_127_private_addresses_each(self) -> None:
        dns = ManyHosts(one_priority(), lambda host: [*private(63)(host), *(v4(1)(host) if host == MOST - 1 else ())])
        async with resolver(dns) as one:
            with made(ResolutionWarning) as counted:
                resolution = await one.resolve("a.example")
        assert [target.dns_name for target in resolution.targets] == [HOSTS[-1]]
        assert counted[ResolutionWarning] <= 10, "more warnings than for the one host that also has a public address"

    async def test_one_for_each_host_which_names_a_few_addresses(self) -> None:
        dns = ManyHosts(one_priority(60), lambda host: [*private(63)(host), *v4(1)(host)])
        async with resolver(dns) as one:
            resolution = await one.resolve("a.example")
            assert one.stats().cut["warnings-cut"] == 1
        assert len(resolution.warnings) == 51
        refused = [each for each in resolution.warnings if each.code == "address-refused"]
        assert len({each.host for each in refused}) == len(refused) > 40
        assert (refused[0].host, "10.0.0.2 (10.0.0.0/8 private use) and 60 more" in refused[0].message) == (
            "h0.example",
            True,
        )
        last = resolution.warnings[-1]
        assert (last.code, dict(last.reason.facts)) == ("warnings-cut", {"count": 11}), (
            "expected: 61 warnings, for 60 hosts and the trace"
        )

    async def test_those_about_bounds_are_always_kept(self) -> None:
        dns = ManyHosts(one_priority(), lambda host: [*private(63)(host), *v4(1)(host)])
        async with resolver(dns) as one:
            resolution = await one.resolve("a.example")
            assert set(one.stats().cut) == {"targets-cut", "trace-cut", "warnings-cut"}
        assert len(resolution.warnings) == 51
        assert {"targets-cut", "trace-cut", "warnings-cut"} <= set(reasons(resolution))

    async def test_one_for_all_records_that_cannot_be_used(self) -> None:
        records = [SrvRecord(1, 1, 8448, f"10.0.{number // 250}.{number % 250}") for number in range(1000)]
        async with resolver(ManyHosts([*records, *one_priority(1)], v4(1))) as one:
            resolution = await one.resolve("a.example")
        assert str(reasons(resolution)["srv-record-skipped"]).endswith(" and 997 more")

    async def test_are_short(self) -> None:
        """A redirect's URL may have 8,000 characters."""
        dns, http = FakeDns(), FakeHttp()
        dns.a("a.example", "8.8.8.8")
        far = f"https://a.example/{'x' * 8000}"
        http.serve(well_known_url("a.example"), HttpResponse(302, (("Location", far),)))
        http.serve(far, HttpResponse(200, (), b"no JSON"))
        async with ServerNameResolver(dns=dns, http=http) as one:
            resolution = await one.resolve("a.example")
            kept = await config_of(one).store.load("a.example", now=0.0)
        assert kept is not None
        assert len(str(kept.reason)) <= 600
        assert len(pickle.dumps(resolution)) < 8_000
        assert max(len(each.message) for each in resolution.warnings) <= 501


class TestTraces:
    """At most 100 short records are kept."""

    async def test_are_cut(self) -> None:
        seen: list[TraceRecord] = []
        async with ServerNameResolver(
            dns=ManyHosts(one_priority(), v4(1)), http=FakeHttp(), on_lookup=seen.append
        ) as one:
            resolution = await one.resolve("a.example")
        assert len(seen) > 130, "`on_lookup` did not get all records"
        assert (len(resolution.trace), resolution.trace[-1].kind) == (101, "trace-cut")
        assert resolution.trace[-1].answer == f"{len(seen) - 100} more, which are not kept"

    async def test_show_a_few_records_of_an_answer(self) -> None:
        records = [SrvRecord(1, 1, 8448, name) for name in LONG[1:]]
        async with resolver(ManyHosts([*records, SrvRecord(0, 1, 8448, HOSTS[0])], v4(64))) as one:
            resolution = await one.resolve("a.example")
        shown = [record.answer or "" for record in resolution.trace]
        assert max(map(len, shown)) <= 501
        assert any(answer.endswith("8.0.0.7 and 56 more") for answer in shown)


def _unusable() -> ServerNameResolver:
    return resolver(ManyHosts([SrvRecord(1, 1, 0, name) for name in LONG], v4(1)))


def _silent() -> ServerNameResolver:
    return resolver(ManyHosts(one_priority(), v4(1), seconds=lambda _: 3600.0))


def _failing() -> ServerNameResolver:
    dns = FakeDns()
    dns.srv("_matrix-fed._tcp.a.example", *(SrvRecord(1, 1, 8448, name) for name in LONG))
    for name in LONG:
        dns.fail(name, "A", OSError("x" * 5000))
        dns.fail(name, "AAAA", OSError("x" * 5000))
    return ServerNameResolver(dns=dns, http=FakeHttp())


def _private() -> ServerNameResolver:
    return resolver(ManyHosts(one_priority(), private(64)))


def _addressless() -> ServerNameResolver:
    return resolver(ManyHosts([SrvRecord(1, 1, 8448, name) for name in LONG], v4(1)))


@pytest.mark.parametrize("make", [_unusable, _silent, _failing, _private, _addressless])
def test_what_is_kept_of_a_failure_is_small(make: Callable[[], ServerNameResolver]) -> None:
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        first, second = runner.run(_fail_twice(make))
    assert (type(first), str(first)) == (type(second), str(second))
    assert len(str(first)) <= 1001
    assert len(first.trace) <= 101
    assert len(second.trace) <= 13
    assert len(pickle.dumps(second)) < 16_000


async def _fail_twice(make: Callable[[], ServerNameResolver]) -> list[ResolveError]:
    errors: list[ResolveError] = []
    async with make() as one:
        for _ in range(2):
            with pytest.raises(ResolveError) as caught:
                await one.resolve("a.example")
            errors.append(caught.value)
    return errors
