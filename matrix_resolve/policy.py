"""The policy of a resolver: everything that the specification leaves open."""

from typing import Literal

import attrs

from ._policy_rules import check_fields

Family = Literal["v6", "v4"]
"""An address family: IPv6 or IPv4."""


@attrs.frozen(kw_only=True)
class ResolverPolicy:
    """The choices that the specification leaves to a resolver. Durations are in seconds, and sizes in bytes.

    The reference page lists the range of each field. All fields are finite and bounded.

    Attributes:
        deadline: Longest time for a resolution, from the start of its work. It is longer than the timeouts of the parts (7.5 + 3 + 3
            seconds): step 6 needs no time for addresses, because it uses those of step 3 again.
        well_known_timeout: Longest time for a well-known request, including all redirects and their DNS queries.
        well_known_connect_timeout: Longest time for connecting to a web host within a well-known request, including TLS handshakes. It is divided among the
            addresses of the host.
        dns_timeout: Longest time for one DNS query.
        max_resolutions: Resolutions that work at the same time. Others wait, and their deadline starts later. A resolution that takes longer
            than half a second continues, but passes its slot to a waiting one.
        max_background: Background refreshes that work at the same time, in addition to ``max_resolutions``.
        max_queue_wait: Longest wait of a resolution for a free slot. After that, `ResolverBusy` is raised.
        max_dns_queries: DNS queries in flight. Small name servers refuse more (dnsmasq: 150). A query without an answer after half a second
            passes its slot to a waiting one, so up to twelve times as many are in flight while name servers are silent.
        max_well_known_requests: Requests for well-known documents in flight. A request without a response after a second passes its slot to a
            waiting one.
        connecting_deadline: Longest time for connecting to a server, from the end of the first resolution. It covers all targets, and resolving
            the name again.
        max_connecting: Connections to servers that are being opened at the same time. Others wait, and the oldest attempts then end early.
        srv_failure: What happens when an SRV query fails: ``"continue"`` as if there were no record, or ``"fail"``.
        srv_cname: What happens with an SRV target that is a CNAME, which RFC 2782 forbids: ``"follow"`` or ``"skip"``.
        max_srv_records: SRV records kept from one answer, after ordering.
        max_addresses: Addresses kept per name and family.
        max_targets: Targets kept from one resolution. Once this number is known, no more hosts of SRV records are looked up.
        families: Which address families are queried, in the order in which they alternate (RFC 8305). With ``"auto"``, those that this machine
            has a route for, IPv6 first, or both if it has none. It is checked again after a minute, without sending a packet.
        max_redirects: Redirects followed by a well-known request.
        max_well_known_bytes: Largest well-known document (MSC2499).
        well_known_default_ttl: Freshness lifetime without headers (specification: 24 h).
        well_known_min_ttl: Shortest freshness lifetime, whatever the headers say.
        well_known_max_ttl: Longest freshness lifetime (specification: 48 h).
        well_known_jitter: The largest fraction by which a lifetime is shortened, at random, so that delegations do not all expire at once.
        well_known_negative_ttl: How long a 404, a 410 or an invalid document is remembered (specification: up to 1 h).
        well_known_retry_min: Wait after the first transient failure; it doubles with each.
        well_known_retry_max: Longest wait after transient failures, including Retry-After (specification: up to 1 h).
        stale_if_error: How long beyond its lifetime the last good delegation is used while requests fail.
        refresh_ahead: An answer used in this last fraction of its lifetime is refreshed in the background (0.2: the last 20 %).
        dns_min_ttl: Shortest lifetime of a DNS answer.
        dns_max_ttl: Longest lifetime of a DNS answer.
        dns_negative_ttl: Lifetime of an empty DNS answer, unless the zone's SOA says less.
        max_cached_dns_answers: DNS answers kept in the process. A large answer counts once more for every eight records.
        degraded_ttl: Longest lifetime of a result for which a DNS query failed.
        failure_retry_min: Wait after a failed resolution; it doubles with each.
        failure_retry_max: Longest wait after failed resolutions.
        refresh_interval: Shortest time between two calls of ``resolve(name, refresh=True)`` that bypass the caches for one name.
        failed_target_ttl: How long a target stays at the end of its priority after `report_failure`.
        max_failed_targets: Failed targets remembered. The one reported longest ago is removed first.
        max_cached_names: Names whose results are kept in the process. A large result counts once more for every eight targets or warnings.
        shared_cache_interval: Longest time for which a resolution is kept if the cache is shared, so that the resolver soon uses what other workers have stored.
        cache_timeout: Longest wait for a cache backend. A call that takes longer counts as a miss.
        cache_cooldown: How long a cache backend is not used after it exceeded ``cache_timeout``, raised TimeoutError, or took a tenth of that time
            to fail.
        fetch_lock_wait: Longest wait for a document that another worker is fetching, if the cache has locks.
        fetch_lock_ttl: How long a worker prevents others from fetching the same document. If a request takes longer, two may be made.
        srv_prefetch_after: Query SRV records once the well-known request has taken this long; None for never, 0 for at once.
        refused_zones: Zones that are never queried in the DNS (RFC 7686), in lower-case ASCII.

    Raises:
        TypeError: If a value has the wrong type.
        ValueError: If a value is outside its range, or a minimum is greater than its maximum.

    Source:
        Matrix Server-Server API, "Resolving server names", where marked; docs/explanation explains the other values.
    """

    deadline: float = 14.5
    well_known_timeout: float = 7.5
    well_known_connect_timeout: float = 4.0
    dns_timeout: float = 3.0
    max_resolutions: int = 256
    max_background: int = 32
    max_queue_wait: float = 30.0
    max_dns_queries: int = 150
    max_well_known_requests: int = 100
    connecting_deadline: float = 20.0
    max_connecting: int = 256
    srv_failure: Literal["continue", "fail"] = "continue"
    srv_cname: Literal["follow", "skip"] = "follow"
    max_srv_records: int = 128
    max_addresses: int = 64
    max_targets: int = 64
    families: tuple[Family, ...] | Literal["auto"] = ("v6", "v4")
    max_redirects: int = 10
    max_well_known_bytes: int = 51_200
    well_known_default_ttl: float = 86_400.0
    well_known_min_ttl: float = 300.0
    well_known_max_ttl: float = 172_800.0
    well_known_jitter: float = 0.1
    well_known_negative_ttl: float = 3_600.0
    well_known_retry_min: float = 120.0
    well_known_retry_max: float = 3_600.0
    stale_if_error: float = 3_600.0
    refresh_ahead: float = 0.2
    dns_min_ttl: float = 30.0
    dns_max_ttl: float = 86_400.0
    dns_negative_ttl: float = 300.0
    max_cached_dns_answers: int = 50_000
    degraded_ttl: float = 60.0
    failure_retry_min: float = 5.0
    failure_retry_max: float = 60.0
    refresh_interval: float = 30.0
    failed_target_ttl: float = 60.0
    max_failed_targets: int = 10_000
    max_cached_names: int = 100_000
    shared_cache_interval: float = 300.0
    cache_timeout: float = 0.5
    cache_cooldown: float = 5.0
    fetch_lock_wait: float = 3.0
    fetch_lock_ttl: float = 10.0
    srv_prefetch_after: float | None = None
    refused_zones: tuple[str, ...] = ("onion",)

    def __attrs_post_init__(self) -> None:
        """Validate the values.

        Raises:
            TypeError: If a value has the wrong type.
            ValueError: If a value is outside its range, or a minimum is greater than its maximum.
        """
        fields = attrs.fields(ResolverPolicy)
        check_fields("ResolverPolicy", {field.name: getattr(self, field.name) for field in fields})


def refresh_point(stored_at: float, expires_at: float, policy: ResolverPolicy) -> float:
    """Return when an answer becomes due for refresh."""
    return expires_at - (expires_at - stored_at) * policy.refresh_ahead


def wait_after_failures(failures: int, policy: ResolverPolicy) -> float:
    """Return how many seconds to wait before a name is looked up again after this many consecutive failures."""
    return min(policy.failure_retry_min * 2.0 ** min(failures - 1, 32), policy.failure_retry_max)
