"""Values for the fields of a policy, made from its table of rules: accepted extremes, values just outside, and wrong types."""

import math
from typing import Any

from matrix_resolve import ResolverPolicy
from matrix_resolve._policy_rules import ORDERED, RULES, Choice, Families, Zones
from matrix_resolve._util.argument_checks import Number

LONGEST_ZONE = ".".join(["a" * 63] * 3 + ["b" * 61])
_STRINGS = ("", "1", "no", "Fail", "continue\n")


def policy_with(**values: Any) -> ResolverPolicy:
    """Return a policy with values that a type checker would refuse."""
    return ResolverPolicy(**values)


def extremes(name: str) -> list[object]:
    """Return the accepted values at both ends of the range of a field, or all of them if they are few."""
    match RULES[name]:
        case Number() as number:
            return [number.least, number.most, *([None] if number.or_none else [])]
        case Choice(values):
            return list(values)
        case Families():
            return ["auto", ("v6",), ("v4",), ("v4", "v6"), ("v6", "v4")]
        case Zones():
            return [(), ("onion", "xn--p1ai", LONGEST_ZONE)]
        case rule:
            raise AssertionError(f"the test does not know the rule {rule}")


def outside(name: str) -> list[object]:
    """Return values of the right type that are not accepted, as close to the range as possible."""
    match RULES[name]:
        case Number(kind="integer") as number:
            return [int(number.least) - 1, int(number.most) + 1, -1, 10**5_000, -(10**5_000)]
        case Number() as number:
            return [*_next_to(number), -1, math.nan, math.inf, -math.inf, 10**400]
        case Choice():
            return list(_STRINGS)
        case Families():
            return [(), ("ipv4",), ("v4", "v4"), ("v6", "v4", "v6"), ("V4",), ("auto",), ("v4", "")]
        case Zones():
            zones = ["", ".", ".onion", "onion.", "Onion", "a..b", "*.onion", "bücher.example", "a b", "-a", "a" * 64]
            return [("onion", zone) for zone in [*zones, f"c{LONGEST_ZONE}"]]
        case rule:
            raise AssertionError(f"the test does not know the rule {rule}")


def _next_to(number: Number) -> list[float]:
    return [math.nextafter(number.least, -math.inf), math.nextafter(number.most, math.inf)]


def wrong_types(name: str) -> list[object]:
    """Return values of wrong types."""
    always: list[object] = [True, False, b"1", {}, set[str](), object(), 1j, ["v4"]]
    match RULES[name]:
        case Number() as number:
            whole = [1.0, math.nan] if number.kind == "integer" else []
            return [*always, *whole, "5", (5,), *([] if number.or_none else [None])]
        case Choice():
            return [*always, None, 5, ("continue",)]
        case Families() | Zones():
            return [*always, None, 5, "v4", "onion", (4,), ("v4", None), ([],), (10**5_000,)]
        case rule:
            raise AssertionError(f"the test does not know the rule {rule}")


def with_partner(name: str, value: Any) -> dict[str, Any]:
    """Return the value and, for a minimum or maximum, a value of the other one that does not contradict it."""
    values, default = {name: value}, ResolverPolicy()
    for least, most in ORDERED:
        if name == least:
            values[most] = max(value, getattr(default, most))
        if name == most:
            values[least] = min(value, getattr(default, least))
    return values
