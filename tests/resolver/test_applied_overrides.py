"""Results, traces, warnings and errors name the overrides on which they depend."""

import asyncio
from collections.abc import Sequence

import attrs
import pytest

from matrix_resolve import (
    AppliedOverride,
    BlockedByPolicy,
    DelegateTo,
    LookupFailed,
    Override,
    ResolutionTimeout,
    ResolveError,
    ResolverPolicy,
    ServerNotFound,
    TraceRecord,
)
from tests.spec.testbed import (
    Testbed,
    addresses,
    check_lookups,
    fed,
    fed_record,
    old,
)

from .overriding import PRIVATE, overriding

ON_NAME = AppliedOverride("overrides", "Example.org", 'DelegateTo("hs.lan:443")')
ON_HOST = AppliedOverride("host_overrides", "hs.lan", f"{PRIVATE}, 10.0.0.6")


async def test_results_and_traces_name_the_overrides() -> None:
    testbed, seen = Testbed(), list[TraceRecord]()
    async with overriding(
        testbed,
        {"Example.org": DelegateTo("hs.lan:443")},
        {"hs.lan": (PRIVATE, "10.0.0.6"), "other.lan": PRIVATE},
        on_lookup=seen.append,
    ) as resolver:
        first, cached = [await resolver.resolve("example.org") for _ in range(2)]
    assert first.overrides == cached.overrides == (ON_NAME, ON_HOST)
    assert [(record.kind, record.question, record.answer) for record in first.trace] == [
        ("override", 'overrides["Example.org"]', 'DelegateTo("hs.lan:443")'),
        ("override", 'host_overrides["hs.lan"]', f"{PRIVATE}, 10.0.0.6"),
    ]
    assert (tuple(seen), first.warnings) == (first.trace, ())
    assert first.to_dict()["overrides"] == [attrs.asdict(ON_NAME), attrs.asdict(ON_HOST)]


async def test_a_name_without_overrides_names_none() -> None:
    testbed = Testbed()
    async with overriding(testbed, {"a.example": (PRIVATE, 1)}, {"b.example": PRIVATE}) as resolver:
        with pytest.raises(ResolveError) as caught:
            await resolver.resolve("example.org")
    assert caught.value.overrides == ()
    assert "override" not in str(caught.value)
    check_lookups(testbed.log, [*addresses("example.org"), fed("example.org"), old("example.org")])


async def test_a_cached_delegation_still_depends_on_the_override_of_its_host() -> None:
    testbed = Testbed()
    testbed.well_known("10.0.0.9:1")
    async with overriding(
        testbed, None, {"example.org": PRIVATE}, policy=ResolverPolicy(dns_negative_ttl=0)
    ) as resolver:
        errors = list[ResolveError]()
        for _ in range(2):
            testbed.clock.advance(1)
            with pytest.raises(ResolveError) as caught:
                await resolver.resolve("example.org")
            errors.append(caught.value)
    assert testbed.fetches() == 1
    assert [error.overrides for error in errors] == [(AppliedOverride("host_overrides", "example.org", PRIVATE),)] * 2


ERRORS: dict[str, tuple[Sequence[str], Override, type[ResolveError]]] = {
    "no address": ((), DelegateTo("gone.example:443"), ServerNotFound),
    "a failed query": (("gone.example A TIMEOUT",), DelegateTo("gone.example:443"), LookupFailed),
    "no service": ((fed_record("gone.example", "0 0 0 ."),), DelegateTo("gone.example"), ServerNotFound),
    "a refused zone": ((), DelegateTo("x.onion"), BlockedByPolicy),
}


@pytest.mark.parametrize(("zone", "override", "kind"), ERRORS.values(), ids=ERRORS)
async def test_errors_name_the_override(zone: Sequence[str], override: Override, kind: type[ResolveError]) -> None:
    applied = AppliedOverride("overrides", "example.org", repr(override))
    async with overriding(Testbed(*zone), {"example.org": override}) as resolver:
        for _ in range(2):  # the second one is cached
            with pytest.raises(kind) as caught:
                await resolver.resolve("example.org")
            assert caught.value.overrides == (applied,)
            assert str(caught.value).endswith(f"; an override applies: {applied}")


async def test_a_timeout_names_the_override() -> None:
    testbed = Testbed()
    testbed.dns.gate = asyncio.Event()
    policy = ResolverPolicy(deadline=0.05)
    async with overriding(testbed, {"example.org": DelegateTo("hs.example.net:1")}, policy=policy) as resolver:
        with pytest.raises(ResolutionTimeout) as caught:
            await resolver.resolve("example.org")
    assert [override.name for override in caught.value.overrides] == ["example.org"]


async def test_the_warning_about_a_well_known_document_names_the_override_of_its_host() -> None:
    testbed = Testbed()
    testbed.well_known(OSError("refused"))
    async with overriding(testbed, None, {"example.org": PRIVATE}) as resolver:
        (warning,) = (await resolver.resolve("example.org")).warnings
    reason = warning.reason.find("with-override")
    assert (warning.code, warning.reason.text("override")) == (
        "well-known-failed",
        f'host_overrides["example.org"] = {PRIVATE}',
    )
    assert reason is not None
    assert reason.find("request-failed") is not None
