"""The policy: its defaults are documented numbers, and each field refuses what it cannot use."""

import math
import re

import attrs
import pytest

from matrix_resolve._policy_rules import ORDERED, RULES
from matrix_resolve.policy import ResolverPolicy, wait_after_failures
from tests._support.policy_values import extremes, outside, policy_with, with_partner, wrong_types

FIELDS = [field.name for field in attrs.fields(ResolverPolicy)]

# values that the specification requires or recommends, and those from which the limits are derived
DEFAULTS: dict[str, object] = {
    "srv_failure": "continue",
    "srv_cname": "follow",
    "max_srv_records": 128,
    "max_addresses": 64,
    "families": ("v6", "v4"),
    "max_redirects": 10,
    "max_well_known_bytes": 51_200,
    "well_known_default_ttl": 24 * 3_600,
    "well_known_min_ttl": 300,
    "well_known_max_ttl": 48 * 3_600,
    "well_known_jitter": 0.1,
    "well_known_negative_ttl": 3_600,
    "well_known_retry_min": 120,
    "well_known_retry_max": 3_600,
    "stale_if_error": 3_600,
    "refresh_ahead": 0.2,
    "dns_min_ttl": 30,
    "dns_max_ttl": 24 * 3_600,
    "dns_negative_ttl": 300,
    "degraded_ttl": 60,
    "failure_retry_min": 5,
    "failure_retry_max": 60,
    "refresh_interval": 30,
    "failed_target_ttl": 60,
    "max_cached_names": 100_000,
    "shared_cache_interval": 300,
    "cache_timeout": 0.5,
    "srv_prefetch_after": None,
    "refused_zones": ("onion",),
}


def test_defaults() -> None:
    assert DEFAULTS.items() <= attrs.asdict(ResolverPolicy()).items()


def test_the_parts_of_the_deadline_sum_to_less_than_the_whole() -> None:
    policy = ResolverPolicy()
    assert policy.well_known_connect_timeout < policy.well_known_timeout
    assert policy.well_known_timeout + 2 * policy.dns_timeout <= policy.deadline


def test_every_field_has_a_rule() -> None:
    """The order is that of the class, because the first mistake is reported."""
    assert list(RULES) == FIELDS
    assert {name for pair in ORDERED for name in pair} <= set(FIELDS)
    assert {name.removesuffix("_min") for name in FIELDS if name.endswith("_min")} <= {low[:-4] for low, _ in ORDERED}


@pytest.mark.parametrize("name", FIELDS)
def test_the_ends_of_the_range_are_accepted(name: str) -> None:
    for value in extremes(name):
        assert getattr(policy_with(**with_partner(name, value)), name) == value


@pytest.mark.parametrize("name", FIELDS)
def test_values_outside_the_range_are_refused(name: str) -> None:
    for value in outside(name):
        with pytest.raises(ValueError, match=rf"^ResolverPolicy\.{name} ") as caught:
            policy_with(**{name: value})
        _is_one_short_sentence(str(caught.value))


@pytest.mark.parametrize("name", FIELDS)
def test_wrong_types_are_refused(name: str) -> None:
    for value in wrong_types(name):
        with pytest.raises(TypeError, match=rf"^ResolverPolicy\.{name} is ") as caught:
            policy_with(**{name: value})
        _is_one_short_sentence(str(caught.value))


def _is_one_short_sentence(message: str) -> None:
    assert message.isprintable()
    assert len(message) < 300
    assert "must" in message


@pytest.mark.parametrize(("least", "most"), ORDERED)
def test_a_minimum_above_its_maximum_is_refused(least: str, most: str) -> None:
    for values in ({least: 7.5, most: 7.0}, {most: 0.5}, {least: 31_536_000}):
        with pytest.raises(ValueError, match=rf"^ResolverPolicy\.{least} is .+ ResolverPolicy\.{most} is "):
            policy_with(**values)
    assert getattr(policy_with(**{least: 7, most: 7}), least) == 7


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"deadline": 0}, "deadline is 0; it must be a number of seconds from 0.01 to 3,600"),
        ({"deadline": "5\n"}, r'deadline is "5\n"; it must be a number of seconds from 0.01 to 3,600'),
        (
            {"max_cached_names": 10**5_000},
            "max_cached_names is an integer of 16610 bits; it must be an integer from 0 to 100,000,000",
        ),
        (
            {"srv_prefetch_after": -1},
            "srv_prefetch_after is -1; it must be None, or a number of seconds from 0 to 3,600",
        ),
        ({"srv_failure": "x" * 99}, f'srv_failure is "{"x" * 60}…"; it must be "continue" or "fail"'),
        (
            {"families": ("ipv4",)},
            """families is ('ipv4',); it must be "auto" or a tuple with "v6", "v4" or both, such as ("v4",)""",
        ),
        ({"families": ("v4", "v4")}, "families is ('v4', 'v4'); it must not contain an address family twice"),
        ({"refused_zones": "onion"}, 'refused_zones is "onion"; it must be a tuple of DNS names, such as ("onion",)'),
        (
            {"refused_zones": ("*.Bücher.example.",)},
            'refused_zones contains "*.Bücher.example."; a zone must be a DNS name in lower-case ASCII without a dot at either end; write "xn--bcher-kva.example"',
        ),
        (
            {"dns_max_ttl": 3},
            "dns_min_ttl is 30.0, and ResolverPolicy.dns_max_ttl is 3; the first must not be greater than the second",
        ),
    ],
)
def test_sentences(values: dict[str, object], sentence: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(f'ResolverPolicy.{sentence}')}$"):
        policy_with(**values)


def test_a_changed_copy_is_checked_too() -> None:
    with pytest.raises(ValueError, match=r"ResolverPolicy\.deadline"):
        attrs.evolve(ResolverPolicy(), deadline=math.inf)


def test_it_is_a_value() -> None:
    policy = ResolverPolicy(deadline=5.0)
    assert policy == ResolverPolicy(deadline=5.0)
    assert policy != ResolverPolicy()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        policy.deadline = 1.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        ResolverPolicy(5.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_failed_names_wait_longer_each_time() -> None:
    seconds = [wait_after_failures(failures, ResolverPolicy()) for failures in (1, 2, 3, 4, 5, 1_000)]
    assert seconds == [5, 10, 20, 40, 60, 60]
