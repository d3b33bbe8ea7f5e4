"""What one resolution asks, and what it makes of the answers: strict or lenient is decided here.

From here on down a question goes through memory, single flight and backend; on the way back up every address passes the address policy,
and the journal takes down what happened.
"""

import asyncio
import contextlib
import math
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

import attrs

from .._cache_mode import CacheMode
from .._context import LoopContext
from .._dns.client import Answered, Asked, DnsQuestions, Question, Unanswered
from .._dns.hosts import look_up_hosts
from .._dns.trace_records import note_question
from .._notes import Journal
from .._util.escaping import FEW, first_few
from .._well_known.client import WellKnownClient
from .._well_known.delegation_cache import Delegations
from .._well_known.state import Reading, WellKnownEvent
from ..address_policy import AddressPolicy
from ..backends.dns import RecordType
from ..discovery.ordering import alternate_by_rfc_8305
from ..discovery.srv import NO_RECORD, SrvAnswer
from ..discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE, endpoints_of
from ..errors import LookupFailed, NoTargets, ResolveError, ResolverBusy
from ..models import HostAddresses
from ..server_name import ServerName, ip_literal

_MAX_DNS_NAME = 253
_LOOPBACK = {"v6": "::1", "v4": "127.0.0.1"}
_RECORD_TYPES: dict[str, RecordType] = {"v6": "AAAA", "v4": "A"}


@attrs.frozen
class Services:
    """What all resolutions of one event loop share."""

    context: LoopContext
    questions: DnsQuestions
    delegations: Delegations
    well_known: WellKnownClient
    address_policy: AddressPolicy


class Lookups:
    """The lookups of one resolution.

    Args:
        services: The clients through which lookups are made.
        journal: Records what happens.
        mode: Which cached answers are acceptable.
        judged: False for what an override leads to: the caller wrote it, so the address policy is not applied.
    """

    def __init__(self, services: Services, journal: Journal, mode: CacheMode, *, judged: bool = True) -> None:
        self._services = services
        self._policy = services.context.policy
        self._journal = journal
        self._mode = mode
        self._is_judged = judged
        self._found: dict[str, HostAddresses] = {}
        self._fetched = 0

    async def delegation(self, hostname: str) -> ServerName | None:
        """Give the name that the well-known of *hostname* delegates to, or None."""
        self._refuse_zone(hostname)
        prefetch = self._start_prefetch(hostname)
        fetched, fetch = self._fetched, partial(self._fetch, hostname)
        try:
            reading = await self._services.delegations.of(hostname, fetch, self._journal, self._mode)
        finally:
            if prefetch is not None:
                prefetch.cancel()
        self._services.context.stats.well_known_saved += self._fetched == fetched  # unless it was fetched for us
        self._take_down(hostname, reading)
        return reading.delegated

    def _take_down(self, hostname: str, reading: Reading) -> None:
        self._journal.holds_until(reading.expires_at, reading.refresh_at)
        self._journal.degraded |= reading.degraded
        if reading.stale:
            self._journal.stale = True
            message = f"asking {hostname} for its well-known fails; its last good answer, {reading.delegated}, is used for a while"
            self._journal.warn("well-known-stale", hostname, message)
        elif reading.detail and reading.outcome != "absent":
            self._journal.warn(f"well-known-{_WARNINGS[reading.outcome]}", hostname, reading.detail)

    def _fetch(self, hostname: str, journal: Journal, mode: CacheMode) -> Coroutine[Any, Any, WellKnownEvent]:
        self._fetched += 1
        addresses = partial(self._addresses, journal=journal, mode=mode)
        return self._services.well_known.fetch(hostname, addresses, journal)

    def _start_prefetch(self, hostname: str) -> "asyncio.Task[None] | None":
        seconds = self._policy.prefetch_after
        return (
            None
            if seconds is None
            else self._services.context.background.spawn(partial(self._prefetch, hostname, seconds))
        )

    async def _prefetch(self, hostname: str, seconds: float) -> None:
        """Ask for SRV records, and the addresses of their targets, while the well-known takes its time."""
        await asyncio.sleep(seconds)
        aside = Lookups(self._services, Journal(self._journal.on_event), self._mode, judged=self._is_judged)
        with contextlib.suppress(ResolveError):  # the resolution itself will meet the same answer and tell
            for service in (FEDERATION_SERVICE, DEPRECATED_SERVICE):
                answer = await aside.srv(service, hostname)
                if answer.found:
                    await look_up_hosts(endpoints_of(answer), aside.addresses, self._policy)
                    return

    async def srv(self, service: str, hostname: str) -> SrvAnswer:
        """Ask for the SRV records of *service* at *hostname*.

        Returns:
            The outcome; where the policy is lenient, a failed question counts as no record.

        Raises:
            LookupFailed: If the question failed and the policy is strict.
            NoTargets: If *hostname* lies in a refused zone.
        """
        self._refuse_zone(hostname)
        name = f"{service}.{hostname}"
        if len(name) > _MAX_DNS_NAME or _is_localhost(hostname):
            return NO_RECORD
        asked = await self._services.questions.ask([(name, "SRV")], self._mode)
        (outcome,) = _outcomes(asked, self._journal)
        if isinstance(outcome, Answered):
            self._journal.holds_until(outcome.expires_at, outcome.refresh_at)
            self._warn_of_skipped(name, outcome.srv)
            return outcome.srv
        message = f"the SRV question for {name} failed: {outcome.reason}"
        if self._policy.srv_failure == "fail":
            raise LookupFailed(message, code="dns-temporary") from outcome.cause
        self._journal.degraded = True
        self._journal.warn("srv-question-failed", name, f"{message}; it is taken as if there were no such record")
        return NO_RECORD

    def _warn_of_skipped(self, name: str, answer: SrvAnswer) -> None:
        if answer.unusable:
            message = f"{name}: {first_few(answer.skipped, total=answer.unusable)}"
            self._journal.warn("srv-record-skipped", name, message)
        if answer.beyond_limit:
            kept = len(answer.records)
            message = f"{kept + answer.beyond_limit} SRV records are more than the limit; the first {kept} are used"
            self._journal.note_cut("srv-records-cut", f"{name}: {message}")

    async def addresses(self, host: str) -> HostAddresses:
        """Look up and judge the addresses of *host*, for targets: the result rests on them.

        Args:
            host: A lower-case DNS name or an IP address.
        """
        found = await self._addresses(host, self._journal, self._mode)
        self._journal.holds_until(found.expires_at, found.refresh_at)
        if found.remark:
            self._journal.warn("too-many-addresses", host, f"{host}: {found.remark}")
            self._journal.note_cut("too-many-addresses")
        if found.failed:
            self._journal.degraded = True
            self._journal.warn("address-question-failed", host, f"{host}: {'; '.join(found.failed)}")
        if found.ips and found.refused:
            each = (f"{ip} is refused by {rule}" for ip, rule in found.refused)
            refused = first_few(each, total=len(found.refused) + found.more_refused, separator=", ")
            self._journal.warn("address-refused", host, f"{host}: {refused}; its other addresses are used")
        return found

    async def target_addresses(self, target: str) -> HostAddresses:
        """Look up an SRV target, which must not be a CNAME: it is followed or skipped, as the policy says."""
        found = await self.addresses(target)
        if found.cname is None:
            return found
        is_skipped = self._policy.srv_cname == "skip"
        message = f"the SRV target {target} is a CNAME, which RFC 2782 forbids; "
        message += "it is skipped" if is_skipped else "some servers refuse it"
        self._journal.warn("srv-target-is-cname", target, message)
        return HostAddresses(cname=found.cname, failed=found.failed) if is_skipped else found

    async def _addresses(self, host: str, journal: Journal, mode: CacheMode) -> HostAddresses:
        """Look up *host* once: an answer, also of one family while the other failed, serves the whole resolution."""
        found = self._found.get(host) or self._known_without_a_question(host)
        if found is None:
            questions: list[Question] = [(host, _RECORD_TYPES[family]) for family in self._policy.families]
            asked = await self._services.questions.ask(questions, mode)
            found = self._gathered(host, _outcomes(asked, journal))
            if found.ips:
                self._found[host] = found
        return found

    def _known_without_a_question(self, host: str) -> HostAddresses | None:
        zone = self._refused_zone(host)
        if zone is not None:
            return HostAddresses(refused_zone=zone)
        literal = ip_literal(host)
        if literal is not None:
            return self._judged([(literal,)])
        if _is_localhost(host):
            return self._judged([(_LOOPBACK[family],) for family in self._policy.families])
        return None

    def _gathered(self, host: str, outcomes: Sequence[Answered | Unanswered]) -> HostAddresses:
        """Put together what was answered for the families of *host*, in their order."""
        answered = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
        aliases = [outcome.canonical_name for outcome in answered if outcome.canonical_name != host]
        judged = self._judged([outcome.addresses for outcome in answered])
        return HostAddresses(
            ips=judged.ips,
            refused=judged.refused,
            more_refused=judged.more_refused,
            failed=self._failed(outcomes) if len(answered) < len(outcomes) else (),
            cname=aliases[0] if aliases else None,
            remark="; ".join([outcome.remark for outcome in answered if outcome.remark]),
            expires_at=min([outcome.expires_at for outcome in answered], default=math.inf),
            refresh_at=min([outcome.refresh_at for outcome in answered], default=math.inf),
        )

    def _failed(self, outcomes: Sequence[Answered | Unanswered]) -> tuple[str, ...]:
        return tuple(
            f"the {_RECORD_TYPES[family]} question failed: {outcome.reason}"
            for family, outcome in zip(self._policy.families, outcomes, strict=True)
            if isinstance(outcome, Unanswered)
        )

    def _judged(self, families: list[tuple[str, ...]]) -> HostAddresses:
        """Part the addresses into those that may be connected to and those that may not."""
        ips: list[str] = []
        refused: list[tuple[str, str]] = []
        more = 0
        for ip in alternate_by_rfc_8305(families):
            rule = self._services.address_policy.refusal(ip) if self._is_judged else None
            if rule is None:
                ips.append(ip)
            elif len(refused) < FEW:
                refused.append((ip, rule))
            else:
                more += 1
        return HostAddresses(tuple(ips), tuple(refused), more)

    def _refused_zone(self, host: str) -> str | None:
        for zone in self._policy.refused_zones:
            if host.endswith(zone) and (host == zone or host.endswith(f".{zone}")):
                return zone
        return None

    def _refuse_zone(self, host: str) -> None:
        zone = self._refused_zone(host)
        if zone is not None:
            raise NoTargets(f"{host} lies in .{zone}, which is not asked for in the DNS", code="zone-refused")


_WARNINGS = {"delegated": "ambiguous", "invalid": "invalid", "transient": "failed"}


def _is_localhost(host: str) -> bool:
    """RFC 6761, section 6.3: answered without a question."""
    return host == "localhost" or host.endswith(".localhost")


def _outcomes(asked: Sequence[Asked], journal: Journal) -> list[Answered | Unanswered]:
    """Return the results of the questions, and add them to the trace.

    Raises:
        ResolverBusy: If a question was never asked.
    """
    for one in asked:
        note_question(journal, one)
        if isinstance(one.outcome, Unanswered) and one.outcome.is_ours:
            raise ResolverBusy(
                f"the {one.question[1]} question for {one.question[0]} failed: {one.outcome.reason}", code="busy"
            )
    return [one.outcome for one in asked]
