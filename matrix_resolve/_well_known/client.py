"""The client for well-known documents. It follows redirects itself, and looks up the addresses of each hop for the HTTP backend.

An HTTP client that follows redirects automatically would bypass the address policy, keep the Host and TLS name of the first host, and follow
redirects to plain HTTP, where anybody on the path could delegate the server. So each hop is one GET request that follows no redirect.

A failed request is a result, not an error: the specification continues with step 4. The results differ only in how long they are remembered.

Source: Matrix Server-Server API, "Resolving server names", step 3, and ``GET /.well-known/matrix/server``; RFC 8615; MSC2499 (limits).
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

import attrs

from .. import __version__
from .._context import LoopContext
from .._dns.scope import LookupScope
from .._notes import ResolutionNotes
from .._util.causes import cause_of, chain_of
from .._util.local_errors import OF_THIS_MACHINE
from .._util.slots import OverloadError, Slots
from .._util.zones import zone_of
from ..backends.http import HttpBackend, HttpResponse
from ..errors import ResolverBusy
from ..models import HostAddresses
from ..policy import ResolverPolicy
from ..reasons import Fact, Reason
from .document import WELL_KNOWN_PATH, InvalidDocument, parse_document
from .fetch_progress import FetchProgress
from .http_freshness import MAX_CACHE_CONTROL, MAX_DIRECTIVES, cache_control_directives, freshness_lifetime, retry_after
from .lifetimes import FetchResult, Trouble
from .redirects import RedirectRefused, authority_of, location_of, next_url
from .trace_records import cancelled_request_record, failed_request_record, not_requested_record, response_record

_ABSENT = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_TRANSIENT = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_MAX_ADDRESSES = 8  # for one hop: a redirect may lead to any host, and eight attempts at one are enough
_MAX_CONNECTIONS = 20  # for one fetch: a chain of redirects must not make this machine connect to many hosts

REQUEST_PATIENCE = 1.0
"""Seconds of silence after which a request loses its slot if others wait. A request takes four round trips and a handshake."""


def request_slots(policy: ResolverPolicy) -> Slots:
    """Return the slots for requests in flight. They keep `REQUEST_PATIENCE` in a long queue, because a request that lost its slot still holds a file descriptor."""
    seconds = policy.well_known_timeout
    return Slots(
        policy.max_well_known_requests,
        max_wait=seconds,
        patience=REQUEST_PATIENCE,
        least_patience=REQUEST_PATIENCE,
    )


class HopAddresses(Protocol):
    """Looks up the hosts of a request. Resolutions use `HostLookups`."""

    async def addresses(self, host: str, scope: LookupScope) -> HostAddresses:
        """Return the addresses of *host*, to which the address policy has been applied."""
        ...


@attrs.frozen
class WellKnownClient:
    """Fetches well-known documents.

    Attributes:
        hosts: Looks up the host of each hop.
        http: Makes each GET.
        headers: Sent with each request.
        context: What the parts of a resolver share.
        slots: The slots for requests in flight.
    """

    hosts: HopAddresses
    http: HttpBackend
    headers: Mapping[str, str]
    context: LoopContext
    slots: Slots

    async def fetch(self, hostname: str, scope: LookupScope) -> FetchResult:
        """Fetch the well-known document of *hostname*, following redirects, within one deadline.

        Args:
            hostname: A lower-case DNS name.
            scope: Records each request, and is used to look up the hosts of all hops.

        Returns:
            The result. A network failure is also a result, and raises no exception.
        """
        progress, measurement = FetchProgress(), self.context.lag.start()
        try:
            result = await self._fetch(hostname, scope, progress)
            if progress.has_timed_out and self.context.lag.is_too_late(measurement):
                return _unasked("busy", Reason.of("machine-busy", because=result.reason or ""))
            return result
        finally:
            self.context.lag.stop()

    async def _fetch(self, hostname: str, scope: LookupScope, progress: FetchProgress) -> FetchResult:
        url, seconds = f"https://{hostname}{WELL_KNOWN_PATH}", self.context.policy.well_known_timeout
        try:
            async with asyncio.timeout(seconds) as progress.limit:
                return await self._follow(hostname, scope, progress)
        except TimeoutError:
            if not progress.is_asking:
                trouble: Trouble = "busy" if progress.is_waiting else "late"
                reason = Reason.of("no-time", url=url, seconds=seconds)
                scope.notes.add(not_requested_record(url, f"no time was left after {seconds:g} s", reason))
                return _unasked(trouble, reason)
            progress.has_timed_out = True
            return FetchResult("transient", reason=Reason.of("no-answer", url=url, seconds=seconds))
        except (ResolverBusy, OverloadError) as error:
            reason = Reason.of("no-slot", url=url, error=str(error))
            scope.notes.add(not_requested_record(url, error, reason))
            return _unasked("busy", reason)

    async def _follow(self, hostname: str, scope: LookupScope, progress: FetchProgress) -> FetchResult:
        host, url = hostname, f"https://{hostname}{WELL_KNOWN_PATH}"
        seen: list[str] = []
        while url not in seen:
            if len(seen) > self.context.policy.max_redirects:
                return _invalid("too-many-redirects", url=seen[0], limit=self.context.policy.max_redirects)
            seen.append(url)
            answer = await self._get(url, host, scope, progress)
            if isinstance(answer, FetchResult):
                return answer
            location = location_of(answer)
            if location is None:
                return self._classify(url, answer, scope.notes)
            try:
                url = next_url(url, location)
                host = authority_of(url).tls_server_name
            except RedirectRefused as error:
                return _invalid("redirect-refused", url=url, location=location, because=error.reason)
        return _invalid("redirect-circle", url=seen[0])

    async def _get(
        self, url: str, host: str, scope: LookupScope, progress: FetchProgress
    ) -> HttpResponse | FetchResult:
        """Make the request of one hop. Return the response, or the result of the fetch if there is no response."""
        progress.is_asking = progress.is_waiting = False
        loop = asyncio.get_running_loop()
        began = loop.time()
        found = await self.hosts.addresses(host, scope)
        # Queries take at most `dns_timeout`. Any longer time is a wait for slots, which does not count.
        progress.extend(max(0.0, loop.time() - began - self.context.policy.dns_timeout))
        if not found.ips:
            because = _why_no_address(host, found)
            scope.notes.add(not_requested_record(url, because, because))
            return _no_address(url, because, found, self.context.clock())
        if progress.connections >= _MAX_CONNECTIONS:
            self.context.stats.cut["well-known-connections-cut"] += 1
            reason = Reason.of("too-many-connections", url=url, connections=progress.connections)
            made = f"{progress.connections} connections were already made"
            scope.notes.add(not_requested_record(url, made, reason))
            return FetchResult("invalid", reason=reason)
        progress.is_waiting = True
        began = loop.time()
        slot, was_silent = await self.slots.take(zone_of(host)), None
        progress.is_asking, progress.is_waiting = True, False
        progress.extend(loop.time() - began)
        try:
            answer = await self._ask(url, self._to_try(found.ips, progress), scope.notes, progress)
            was_silent = progress.has_timed_out
        finally:
            self.slots.release(slot, was_silent=was_silent)
        if isinstance(answer, HttpResponse):
            progress.connections += answer.connections
        return answer

    def _to_try(self, ips: tuple[str, ...], progress: FetchProgress) -> tuple[str, ...]:
        kept = ips[: min(_MAX_ADDRESSES, _MAX_CONNECTIONS - progress.connections)]
        if len(kept) < len(ips):
            self.context.stats.cut["well-known-addresses-cut"] += 1
        return kept

    async def _ask(
        self, url: str, ips: tuple[str, ...], notes: ResolutionNotes, progress: FetchProgress
    ) -> HttpResponse | FetchResult:
        self.context.stats.well_known_asked += 1
        began = asyncio.get_running_loop().time()
        try:
            response = await self.http.get(
                url,
                addresses=ips,
                headers=self.headers,
                max_bytes=self.context.policy.max_well_known_bytes,
                timeout=self.context.policy.well_known_timeout,
            )
        except Exception as error:  # noqa: BLE001 - the contract: any exception means that the request failed
            progress.has_timed_out = isinstance(error, TimeoutError)
            return _request_failed(url, error, notes, asyncio.get_running_loop().time() - began)
        except asyncio.CancelledError:
            notes.add(cancelled_request_record(url, asyncio.get_running_loop().time() - began))
            raise
        notes.add(response_record(url, response, asyncio.get_running_loop().time() - began))
        return response

    def _classify(self, url: str, response: HttpResponse, notes: ResolutionNotes) -> FetchResult:
        """Return the result for a response that is not a redirect."""
        status, now = response.status, self.context.clock.wall()
        if status in _ABSENT:
            return FetchResult("absent", reason=Reason.of("status", url=url, status=status))
        if status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            reason = Reason.of("status", url=url, status=status)
            return FetchResult("transient", retry_after=retry_after(response, now=now), reason=reason)
        if status != HTTPStatus.OK:
            return _invalid("status-not-200", url=url, status=status)
        if response.truncated:
            return _invalid("too-large", url=url, limit=self.context.policy.max_well_known_bytes)
        return self._read(url, response, notes)

    def _read(self, url: str, response: HttpResponse, notes: ResolutionNotes) -> FetchResult:
        """Return the delegation in a complete response with status 200, or why there is none."""
        try:
            document = parse_document(response.body)
        except InvalidDocument as error:
            encoding = "".join(response.values("content-encoding"))
            if encoding:
                return _invalid("encoded-document", url=url, because=error.reason, encoding=encoding)
            return _invalid("invalid-document", url=url, because=error.reason)
        if cache_control_directives(response)[1]:
            self.context.stats.cut["cache-control-cut"] += 1
            limits = {"directives": MAX_DIRECTIVES, "characters": MAX_CACHE_CONTROL}
            notes.warn("cache-control-cut", url, Reason.of("cache-control-cut", host=url, **limits))
        lifetime = freshness_lifetime(response, now=self.context.clock.wall())
        ambiguous = Reason.of("m-server-repeated", url=url) if document.is_ambiguous else None
        return FetchResult("delegated", delegated=document.delegated, lifetime=lifetime, reason=ambiguous)


def request_headers(user_agent: str | None) -> dict[str, str]:
    """Return the headers of every request.

    Args:
        user_agent: The User-Agent, or None for the one of this library.

    Raises:
        ValueError: If *user_agent* cannot be sent.
    """
    agent = f"matrix-resolve/{__version__}" if user_agent is None else user_agent
    if not agent.isascii() or not agent.isprintable():
        raise ValueError(f"the User-Agent {agent!r} is not valid; it must be printable ASCII")
    return {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": agent}


def _why_no_address(host: str, found: HostAddresses) -> Reason:
    """Return why no request could be made."""
    if found.failed:
        return Reason.of("queries-failed", host=host, reasons=found.failed)
    if found.refused_zone:
        return Reason.of("zone-refused", host=host, zone=found.refused_zone)
    if found.refused:
        address, rule = found.refused[0]
        return Reason.of("host-refused", host=host, address=address, rule=rule)
    return Reason.of("host-without-address", host=host)


def _no_address(url: str, because: Reason, found: HostAddresses, now: float) -> FetchResult:
    """Return the result if no request could be made. It is private, because it depends on our own DNS answers and address policy."""
    reason = Reason.of("no-address", url=url, because=because)
    if found.failed:
        return _unasked("dns", reason)
    return FetchResult("transient", retry_after=found.expires_at - now, reason=reason, private=True)


def _request_failed(url: str, error: Exception, notes: ResolutionNotes, seconds: float) -> FetchResult:
    reason = Reason.of("request-failed", url=url, error=cause_of(error))
    notes.add(failed_request_record(url, error, seconds))
    is_ours = any(isinstance(each, OSError) and each.errno in OF_THIS_MACHINE for each in chain_of(error))
    return FetchResult("transient", reason=reason, private=is_ours, trouble="machine" if is_ours else None)


def _invalid(code: str, **facts: Fact) -> FetchResult:
    return FetchResult("invalid", reason=Reason.of(code, **facts))


def _unasked(trouble: Trouble, reason: Reason) -> FetchResult:
    return FetchResult("transient", reason=reason, private=True, trouble=trouble)
