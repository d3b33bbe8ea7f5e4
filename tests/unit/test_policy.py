"""The policy: its defaults are documented numbers, and values without a meaning are refused."""

from typing import Any

import attrs
import pytest

from matrix_resolve.policy import ResolverPolicy, wait_after_failures

NUMBERS = [
    field.name
    for field in attrs.fields(ResolverPolicy)
    if isinstance(getattr(ResolverPolicy(), field.name), int | float)
]

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
    "failed_target_time": 60,
    "max_names": 100_000,
    "shared_cache_interval": 300,
    "cache_timeout": 0.5,
    "prefetch_after": None,
    "refused_zones": ("onion",),
}


def test_defaults() -> None:
    assert DEFAULTS.items() <= attrs.asdict(ResolverPolicy()).items()


def test_the_parts_of_the_deadline_sum_to_less_than_the_whole() -> None:
    policy = ResolverPolicy()
    assert policy.connect_timeout < policy.well_known_timeout
    assert policy.well_known_timeout + 2 * policy.dns_timeout <= policy.deadline


def test_there_are_numbers_to_refuse() -> None:
    assert {"deadline", "max_redirects", "well_known_jitter"} <= set(NUMBERS)


def _with(name: str, value: float) -> ResolverPolicy:
    changed: dict[str, Any] = {name: value}
    return ResolverPolicy(**changed)


@pytest.mark.parametrize("name", [*NUMBERS, "prefetch_after"])
def test_nothing_is_negative(name: str) -> None:
    with pytest.raises(ValueError, match=rf"ResolverPolicy\.{name} is -1; "):
        _with(name, -1)
    assert getattr(_with(name, 1), name) == 1


def test_there_is_an_address_family() -> None:
    with pytest.raises(ValueError, match="families is empty"):
        ResolverPolicy(families=())


def test_it_is_a_value() -> None:
    policy = ResolverPolicy(deadline=5.0)
    assert policy == ResolverPolicy(deadline=5.0)
    assert policy != ResolverPolicy()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        policy.deadline = 1.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        ResolverPolicy(5.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_not_a_number_is_no_duration() -> None:
    with pytest.raises(ValueError, match="deadline"):
        ResolverPolicy(deadline=float("nan"))


@pytest.mark.parametrize(
    "name",
    [
        "max_resolutions",
        "max_background",
        "max_dns_queries",
        "max_well_known_requests",
        "max_targets",
        "max_connecting",
    ],
)
@pytest.mark.parametrize("value", [0, 0.5, None])
def test_with_none_of_them_nothing_could_be_done(name: str, value: float | None) -> None:
    with pytest.raises(ValueError, match=rf"ResolverPolicy\.{name} is {value}; .*least 1$"):
        ResolverPolicy(**{name: value})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_wait_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="max_queue_wait is None"):
        ResolverPolicy(max_queue_wait=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_failed_names_wait_longer_each_time() -> None:
    seconds = [wait_after_failures(failures, ResolverPolicy()) for failures in (1, 2, 3, 4, 5, 1_000)]
    assert seconds == [5, 10, 20, 40, 60, 60]
