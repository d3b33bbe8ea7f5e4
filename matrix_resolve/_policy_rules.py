"""What each field of `ResolverPolicy` accepts. The policy, its reference page and its tests use the same table."""

import re
from collections.abc import Mapping
from typing import Protocol, TypeGuard, cast

import attrs

from ._util.argument_checks import IN_FLIGHT, TIMEOUT, Number, shown

_YEAR = 31_536_000
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_ZONE = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_NAME = 253
_FAMILIES = ("v6", "v4")


class Rule(Protocol):
    """What one field accepts."""

    @property
    def range(self) -> str:
        """The range in a few characters, for a table."""
        ...

    def check(self, name: str, value: object) -> None:
        """Raise TypeError or ValueError with a sentence about the field *name* if it does not accept *value*."""
        ...


@attrs.frozen
class Choice:
    """One of a few strings.

    Attributes:
        values: The strings.
    """

    values: tuple[str, ...]

    @property
    def range(self) -> str:
        """The strings."""
        return " or ".join(f'`"{value}"`' for value in self.values)

    def check(self, name: str, value: object) -> None:
        """Raise TypeError if *value* is not a string, or ValueError if it is another one."""
        if value not in self.values:
            kind = ValueError if isinstance(value, str) else TypeError
            raise kind(f"{name} is {shown(value)}; it must be {' or '.join(map(shown, self.values))}")


@attrs.frozen
class Families:
    """``"auto"``, or a tuple of address families."""

    range: str = '`"auto"`, or a tuple of `"v6"` and `"v4"`'

    def check(self, name: str, value: object) -> None:
        """Raise TypeError or ValueError if *value* is not one of the five possible values."""
        if value == "auto":
            return
        wanted = 'it must be "auto" or a tuple with "v6", "v4" or both, such as ("v4",)'
        if not _is_tuple_of_strings(value):
            raise TypeError(f"{name} is {shown(value)}; {wanted}")
        if not value or not set(value) <= set(_FAMILIES):
            raise ValueError(f"{name} is {shown(value)}; {wanted}")
        if len(set(value)) < len(value):
            raise ValueError(f"{name} is {shown(value)}; it must not contain an address family twice")


@attrs.frozen
class Zones:
    """A tuple of DNS names in the form in which hosts are compared with them."""

    range: str = "a tuple of DNS names, in lower case, without a dot at either end"

    def check(self, name: str, value: object) -> None:
        """Raise TypeError if *value* is not a tuple of strings, or ValueError if one of them is not such a DNS name."""
        if not _is_tuple_of_strings(value):
            raise TypeError(f'{name} is {shown(value)}; it must be a tuple of DNS names, such as ("onion",)')
        for zone in value:
            if not _is_zone(zone):
                meant = _zone_meant(zone)
                advice = f"; write {shown(meant)}" if meant else ""
                raise ValueError(
                    f"{name} contains {shown(zone)}; a zone must be a DNS name in lower-case ASCII without a dot at either end{advice}"
                )


def _is_tuple_of_strings(value: object) -> TypeGuard[tuple[str, ...]]:
    return isinstance(value, tuple) and all(isinstance(part, str) for part in cast("tuple[object, ...]", value))


def _is_zone(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and _ZONE.fullmatch(text) is not None


def _zone_meant(text: str) -> str:
    """Return the zone that *text* probably means, or an empty string. The codec is for the old IDNA 2003, which is good enough for a hint."""
    bare = text.strip().removeprefix("*").strip(".").lower()
    try:
        name = bare.encode("idna").decode("ascii") if len(bare) <= _LONGEST_NAME else ""
    except UnicodeError:
        return ""
    return name if _is_zone(name) else ""


_LIFETIME = Number("number of seconds", 0, _YEAR)
_FRACTION = Number("number", 0, 1)
_KEPT = Number("integer", 0, 100_000_000)

RULES: Mapping[str, Rule] = {
    "deadline": TIMEOUT,
    "well_known_timeout": TIMEOUT,
    "well_known_connect_timeout": TIMEOUT,
    "dns_timeout": TIMEOUT,
    "max_resolutions": IN_FLIGHT,
    "max_background": IN_FLIGHT,
    "max_queue_wait": Number("number of seconds", 0, 3_600),
    "max_dns_queries": IN_FLIGHT,
    "max_well_known_requests": IN_FLIGHT,
    "connecting_deadline": TIMEOUT,
    "max_connecting": IN_FLIGHT,
    "srv_failure": Choice(("continue", "fail")),
    "srv_cname": Choice(("follow", "skip")),
    "max_srv_records": Number("integer", 1, 65_535),
    "max_addresses": Number("integer", 1, 65_535),
    "max_targets": Number("integer", 1, 65_535),
    "families": Families(),
    "max_redirects": Number("integer", 0, 100),
    "max_well_known_bytes": Number("integer", 1_024, 10_485_760),
    "well_known_default_ttl": _LIFETIME,
    "well_known_min_ttl": _LIFETIME,
    "well_known_max_ttl": _LIFETIME,
    "well_known_jitter": _FRACTION,
    "well_known_negative_ttl": _LIFETIME,
    "well_known_retry_min": _LIFETIME,
    "well_known_retry_max": _LIFETIME,
    "stale_if_error": _LIFETIME,
    "refresh_ahead": _FRACTION,
    "dns_min_ttl": _LIFETIME,
    "dns_max_ttl": _LIFETIME,
    "dns_negative_ttl": _LIFETIME,
    "max_cached_dns_answers": _KEPT,
    "degraded_ttl": _LIFETIME,
    "failure_retry_min": _LIFETIME,
    "failure_retry_max": _LIFETIME,
    "refresh_interval": _LIFETIME,
    "failed_target_ttl": _LIFETIME,
    "max_failed_targets": _KEPT,
    "max_cached_names": _KEPT,
    "shared_cache_interval": _LIFETIME,
    "cache_timeout": TIMEOUT,
    "cache_cooldown": _LIFETIME,
    "fetch_lock_wait": Number("number of seconds", 0, 3_600),
    "fetch_lock_ttl": Number("number of seconds", 1, 3_600),
    "srv_prefetch_after": Number("number of seconds", 0, 3_600, or_none=True),
    "refused_zones": Zones(),
}

ORDERED = (
    ("well_known_min_ttl", "well_known_max_ttl"),
    ("well_known_retry_min", "well_known_retry_max"),
    ("dns_min_ttl", "dns_max_ttl"),
    ("failure_retry_min", "failure_retry_max"),
)
"""Fields of which the first must not be greater than the second.

Timeouts are not compared, because the shorter one ends the work. A ``fetch_lock_ttl`` shorter than a request costs a second request, at worst.
"""


def check_fields(owner: str, values: Mapping[str, object]) -> None:
    """Check all fields, and those that depend on each other.

    Args:
        owner: The name of the class, for error messages.
        values: The values by field.

    Raises:
        TypeError: If a value has the wrong type.
        ValueError: If a value is outside its range, or contradicts another one.
    """
    for name, value in values.items():
        RULES[name].check(f"{owner}.{name}", value)
    for least, most in ORDERED:
        low, high = values[least], values[most]
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            raise ValueError(
                f"{owner}.{least} is {shown(low)}, and {owner}.{most} is {shown(high)}; the first must not be greater than the second"
            )
