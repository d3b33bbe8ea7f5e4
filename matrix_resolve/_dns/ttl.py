"""How long a DNS answer may be used."""

from ..policy import ResolverPolicy


def clamp_ttl(ttl: float | None, *, empty: bool, policy: ResolverPolicy) -> float:
    """Return the lifetime of a DNS answer in seconds.

    Args:
        ttl: The TTL in the answer, or None. A value above 2**31 - 1 counts as 0.
        empty: True if there was no such record.
        policy: The bounds.

    Source:
        RFC 2181, section 8 (the sign bit); RFC 2308, section 5 (empty answers).
    """
    known = None if ttl is None or not 0 <= ttl < 2.0**31 else ttl
    if empty:
        return min(
            policy.dns_negative_ttl, max(policy.dns_min_ttl, policy.dns_negative_ttl if known is None else known)
        )
    return min(max(known or 0.0, policy.dns_min_ttl), policy.dns_max_ttl)
