"""The lookups of one resolution. This module decides what a failed lookup means, as the policy says, and records warnings.

Below it, queries and requests go through the caches, single flight and a backend.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from functools import partial

import attrs

from .._context import LoopContext
from .._dns.answers import CachedAnswer
from .._dns.client import DnsClient
from .._dns.hosts import HostLookups, refused_zone
from .._dns.scope import LookupScope
from .._notes import ResolutionNotes
from .._util.zones import is_localhost
from .._well_known.delegation_cache import DelegationCache
from .._well_known.lifetimes import CurrentDelegation
from ..discovery.srv import NO_RECORD, SrvAnswer
from ..discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE, endpoints_of
from ..errors import BlockedByPolicy, LookupFailed, ResolveError
from ..models import Endpoint, HostAddresses
from ..reasons import Reason, WarningCode
from ..server_name import ServerName

_MAX_DNS_NAME = 253
_WARNINGS: Mapping[str, WarningCode] = {
    "delegated": "well-known-ambiguous",
    "invalid": "well-known-invalid",
    "transient": "well-known-failed",
}
"""The code of the warning about a well-known document, by the outcome of fetching it."""


@attrs.frozen
class Services:
    """What all resolutions of one event loop share."""

    context: LoopContext
    dns: DnsClient
    hosts: HostLookups
    delegations: DelegationCache


class Lookups:
    """The lookups of one resolution.

    Args:
        services: The clients through which lookups are made.
        scope: The resolution on whose behalf they are made.
    """

    def __init__(self, services: Services, scope: LookupScope) -> None:
        self._services = services
        self._policy = services.context.policy
        self._scope = scope
        self._notes = scope.notes

    async def delegation(self, hostname: str) -> ServerName | None:
        """Return the name that the well-known document of *hostname* delegates to, or None."""
        self._refuse_zone(hostname)
        prefetch = self._start_prefetch(hostname)
        try:
            current = await self._services.delegations.get(hostname, self._scope)
        finally:
            if prefetch is not None:
                prefetch.cancel()
        self._record_delegation(hostname, current)
        self._notes.depend_on(self._services.hosts.overrides_of(hostname))
        return current.delegated

    def _record_delegation(self, hostname: str, current: CurrentDelegation) -> None:
        self._notes.limit_lifetime(current.expires_at, current.refresh_at)
        self._notes.degraded |= current.degraded
        if current.stale:
            self._notes.stale = True
            reason = Reason.of("well-known-stale", host=hostname, delegated=str(current.delegated))
            self._notes.warn("well-known-stale", hostname, reason)
        elif current.reason and current.outcome != "absent" and not _is_without_address(hostname, current.reason):
            self._notes.warn(_WARNINGS[current.outcome], hostname, self._traced(hostname, current.reason))

    def _traced(self, hostname: str, reason: Reason) -> Reason:
        """Return *reason* with the override that determined where *hostname* was requested, so that nobody searches in the DNS."""
        overrides = [str(override) for override in self._services.hosts.overrides_of(hostname)]
        return Reason.of("with-override", because=reason, override=overrides[0]) if overrides else reason

    def _start_prefetch(self, hostname: str) -> "asyncio.Task[None] | None":
        seconds = self._policy.srv_prefetch_after
        return (
            None
            if seconds is None
            else self._services.context.background.spawn(partial(self._prefetch, hostname, seconds))
        )

    async def _prefetch(self, hostname: str, seconds: float) -> None:
        """Look up SRV records, and the addresses of their targets, while the well-known request is under way."""
        await asyncio.sleep(seconds)
        scope = attrs.evolve(self._scope, notes=ResolutionNotes(self._notes.on_lookup), found={})
        prefetch_lookups = Lookups(self._services, scope)
        with contextlib.suppress(ResolveError):  # the resolution itself will get the same answer, and raise the error
            for service in (FEDERATION_SERVICE, DEPRECATED_SERVICE):
                answer = await prefetch_lookups.srv(service, hostname)
                if answer.found:
                    await self._services.hosts.all_addresses(endpoints_of(answer), scope, are_srv_targets=True)
                    return

    async def srv(self, service: str, hostname: str) -> SrvAnswer:
        """Look up the SRV records of *service* at *hostname*.

        Returns:
            The result. With ``srv_failure="continue"``, a failed query counts as no record.

        Raises:
            LookupFailed: If the query failed, with ``srv_failure="fail"``.
            BlockedByPolicy: If *hostname* is in a refused zone.
        """
        self._refuse_zone(hostname)
        name = f"{service}.{hostname}"
        if len(name) > _MAX_DNS_NAME or is_localhost(hostname):
            return NO_RECORD
        (outcome,) = await self._services.dns.query([(name, "SRV")], self._scope)
        if isinstance(outcome, CachedAnswer):
            self._notes.limit_lifetime(outcome.expires_at, outcome.refresh_at)
            self._warn_of_skipped(name, outcome.srv)
            return outcome.srv
        if self._policy.srv_failure == "fail":
            reason = Reason.of("srv-query-failed", host=name, error=outcome.reason)
            raise LookupFailed(reason, code="dns-temporary") from outcome.cause
        self._notes.degraded = True
        self._notes.warn("srv-question-failed", name, Reason.of("srv-question-failed", host=name, error=outcome.reason))
        return NO_RECORD

    def _warn_of_skipped(self, name: str, answer: SrvAnswer) -> None:
        if answer.unusable:
            reason = Reason.of("srv-record-skipped", host=name, reasons=answer.skipped, total=answer.unusable)
            self._notes.warn("srv-record-skipped", name, reason)
        if answer.beyond_limit:
            kept = len(answer.records)
            reason = Reason.of("srv-records-cut", host=name, count=kept + answer.beyond_limit, kept=kept)
            self._notes.note_cut("srv-records-cut", reason)

    async def addresses(self, endpoints: Sequence[Endpoint], *, are_srv_targets: bool) -> dict[str, HostAddresses]:
        """Look up the hosts of *endpoints* until enough targets are known, and record that the resolution depends on them.

        Args:
            endpoints: The endpoints that discovery has found.
            are_srv_targets: True if they come from SRV records.

        Returns:
            The addresses by host.
        """
        found = await self._services.hosts.all_addresses(endpoints, self._scope, are_srv_targets=are_srv_targets)
        for host, addresses in found.items():
            self._record(host, addresses)
            if are_srv_targets and addresses.cname is not None:
                self._warn_of_cname(host)
        return found

    def _record(self, host: str, found: HostAddresses) -> None:
        self._notes.limit_lifetime(found.expires_at, found.refresh_at)
        if found.cut:
            self._warn("too-many-addresses", host, found.cut)
            self._notes.note_cut("too-many-addresses")
        if found.failed:
            self._notes.degraded = True
            self._warn("address-question-failed", host, found.failed)
        if found.ips and found.refused:
            reasons = tuple(Reason.of("refused", address=ip, rule=rule) for ip, rule in found.refused)
            self._warn("address-refused", host, reasons, more=found.more_refused)

    def _warn(self, code: WarningCode, host: str, reasons: tuple[Reason, ...], *, more: int = 0) -> None:
        self._notes.warn(code, host, Reason.of(code, host=host, reasons=reasons, total=len(reasons) + more))

    def _warn_of_cname(self, target: str) -> None:
        """Warn about an SRV target that is a CNAME. The policy says whether it is followed or skipped."""
        code = "srv-target-skipped" if self._policy.srv_cname == "skip" else "srv-target-followed"
        self._notes.warn("srv-target-is-cname", target, Reason.of(code, host=target))

    def _refuse_zone(self, host: str) -> None:
        zone = refused_zone(host, self._policy)
        if zone is not None:
            raise BlockedByPolicy(Reason.of("host-in-refused-zone", host=host, zone=zone), code="zone-refused")


def _is_without_address(hostname: str, reason: Reason) -> bool:
    """Return whether *hostname* itself has no address. A domain that has only SRV records needs none, so this is no fault."""
    missing = reason.find("host-without-address")
    return missing is not None and missing.text("host") == hostname
