"""The well-known request: redirects are followed here, and the addresses of each hop are looked up and passed to the HTTP backend.

An HTTP client that follows redirects by itself would bypass the address policy, keep Host and TLS name of the first host, and follow
redirects to plain HTTP, where anybody on the path could delegate the server. So each hop is one GET that follows no redirect.

A failed request is an answer, not an error: the specification goes on to step 4. Only how long it is remembered differs.

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
from .._util.escaping import quoted
from .._util.local_errors import OF_THIS_MACHINE
from .._util.slots import OverloadError, Slots
from .._util.zones import zone_of
from ..backends.http import HttpBackend, HttpResponse
from ..errors import ResolverBusy
from ..models import HostAddresses
from ..policy import ResolverPolicy
from ..trace import TraceError, TraceRecord
from .document import WELL_KNOWN_PATH, InvalidDocument, parse_document
from .fetch_progress import FetchProgress
from .http_freshness import MAX_CACHE_CONTROL, MAX_DIRECTIVES, cache_control_directives, freshness_lifetime, retry_after
from .redirects import authority_of, next_url
from .state import FetchResult, Trouble

_REDIRECTS = {
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}
_ABSENT = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_TRANSIENT = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_MAX_ADDRESSES = 8  # of a hop: a redirect may lead to any host, and eight attempts at one are enough
_MAX_CONNECTIONS = 20  # of a fetch: a chain of redirects must not make this machine connect to many hosts

REQUEST_PATIENCE = 1.0
"""Seconds of silence after which a request loses its slot if others wait. A request takes four round trips and a handshake."""


def request_slots(policy: ResolverPolicy) -> Slots:
    """Return the slots for requests in flight. Each may hold a file descriptor, so the patience does not become shorter with a long queue."""
    seconds = policy.well_known_timeout
    return Slots(
        policy.max_well_known_requests,
        max_wait=seconds,
        patience=REQUEST_PATIENCE,
        least_patience=REQUEST_PATIENCE,
    )


class HopAddresses(Protocol):
    """Looks up the hosts of a request. In a resolution that is `HostLookups`."""

    async def addresses(self, host: str, scope: LookupScope) -> HostAddresses:
        """Return the addresses of *host*, to which the address policy has been applied."""
        ...


@attrs.frozen
class WellKnownClient:
    """Fetches well-known documents.

    Attributes:
        hosts: Looks up the host of each hop.
        http: Makes each GET.
        headers: Sent with each.
        context: What the parts of a resolver share.
        slots: The slots for requests in flight.
    """

    hosts: HopAddresses
    http: HttpBackend
    headers: Mapping[str, str]
    context: LoopContext
    slots: Slots

    async def fetch(self, hostname: str, scope: LookupScope) -> FetchResult:
        """Fetch the well-known document of *hostname*, over all redirects and within one deadline.

        Args:
            hostname: A lower-case DNS name.
            scope: Records each request; the hosts of all hops are looked up in it.

        Returns:
            The result. The network never causes an exception.
        """
        progress, measurement = FetchProgress(), self.context.lag.start()
        try:
            result = await self._fetch(hostname, scope, progress)
            if progress.has_timed_out and self.context.lag.is_too_late(measurement):
                return _unasked("busy", f"{result.detail}, but this machine was too busy for that to be conclusive")
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
                return _unasked(trouble, f"{url} could not be requested within {seconds:g} s")
            progress.has_timed_out = True
            return FetchResult("transient", detail=f"{url} did not answer within {seconds:g} s")
        except (ResolverBusy, OverloadError) as error:
            return _unasked("busy", f"{url} could not be requested: {error}")

    async def _follow(self, hostname: str, scope: LookupScope, progress: FetchProgress) -> FetchResult:
        host, url = hostname, f"https://{hostname}{WELL_KNOWN_PATH}"
        seen: list[str] = []
        while url not in seen:
            if len(seen) > self.context.policy.max_redirects:
                return FetchResult(
                    "invalid", detail=f"{seen[0]} leads to more than {self.context.policy.max_redirects} redirects"
                )
            seen.append(url)
            answer = await self._get(url, host, scope, progress)
            if isinstance(answer, FetchResult):
                return answer
            location = _location(answer)
            if location is None:
                return self._classify(url, answer, scope.notes)
            try:
                url = next_url(url, location)
                host = authority_of(url).tls_server_name
            except ValueError as error:
                return FetchResult("invalid", detail=f"{url} redirects to {quoted(location)}, {error}")
        return FetchResult("invalid", detail=f"{seen[0]} redirects in a circle")

    async def _get(
        self, url: str, host: str, scope: LookupScope, progress: FetchProgress
    ) -> HttpResponse | FetchResult:
        """Make the request of one hop, and return the response, or the result if there is no response."""
        progress.is_asking = progress.is_waiting = False
        loop = asyncio.get_running_loop()
        began = loop.time()
        found = await self.hosts.addresses(host, scope)
        progress.extend(
            max(0.0, loop.time() - began - self.context.policy.dns_timeout)
        )  # queries take no longer than that, but may wait
        if not found.ips:
            return _no_address(url, host, found, self.context.clock())
        if progress.connections >= _MAX_CONNECTIONS:
            self.context.stats.cut["well-known-connections-cut"] += 1
            return FetchResult("invalid", detail=f"{url} is not requested, after {progress.connections} connections")
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
            failure = TraceError("TimeoutError", "http-failed", f"{url} was given up")
            notes.add(TraceRecord("http", url, error=failure, seconds=asyncio.get_running_loop().time() - began))
            raise
        seconds = asyncio.get_running_loop().time() - began
        notes.add(TraceRecord("http", url, _summary(response), seconds=seconds))
        return response

    def _classify(self, url: str, response: HttpResponse, notes: ResolutionNotes) -> FetchResult:
        """Return the result for a response that is no redirect."""
        status, now = response.status, self.context.clock.wall()
        if status in _ABSENT:
            return FetchResult("absent", detail=f"{url} says {status}")
        if status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return FetchResult("transient", retry_after=retry_after(response, now=now), detail=f"{url} says {status}")
        if status != HTTPStatus.OK:
            return FetchResult("invalid", detail=f"{url} says {status}; only 200 counts")
        if response.truncated:
            return FetchResult(
                "invalid", detail=f"{url} is larger than {self.context.policy.max_well_known_bytes} bytes"
            )
        try:
            document = parse_document(response.body)
        except InvalidDocument as error:
            encoding = "".join(response.values("content-encoding"))
            hint = f" (its Content-Encoding is {quoted(encoding)}, although none was asked for)" if encoding else ""
            return FetchResult("invalid", detail=f"{url} {error}{hint}")
        remark = f"{url} {document.remark}" if document.remark else ""
        if cache_control_directives(response)[1]:
            self.context.stats.cut["cache-control-cut"] += 1
            limits = f"{MAX_DIRECTIVES} directives within {MAX_CACHE_CONTROL:,} characters"
            message = f"{url} has more Cache-Control than {limits}; the rest is ignored"
            notes.warn("cache-control-cut", url, message)
        lifetime = freshness_lifetime(response, now=now)
        return FetchResult("delegated", delegated=document.delegated, lifetime=lifetime, detail=remark)


def request_headers(user_agent: str | None) -> dict[str, str]:
    """Return the headers of every request.

    Args:
        user_agent: Its User-Agent; None for that of this library.

    Raises:
        ValueError: If it cannot be sent.
    """
    agent = f"matrix-resolve/{__version__}" if user_agent is None else user_agent
    if not agent.isascii() or not agent.isprintable():
        raise ValueError(f"the User-Agent {agent!r} is not printable ASCII")
    return {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": agent}


def _no_address(url: str, host: str, found: HostAddresses, now: float) -> FetchResult:
    """Return why no request could be made. It is private, because it rests on our own DNS answers and address policy."""
    told = f"{url} cannot be asked for:"
    if found.failed:
        detail = f"{told} {host}: {'; '.join(found.failed)}"
        return FetchResult("transient", detail=detail, private=True, trouble="dns")
    if found.refused_zone:
        detail = f"{told} {host} lies in .{found.refused_zone}, which is not asked for"
    elif found.refused:
        detail = f"{told} {host} is at {found.refused[0][0]}, which the address policy refuses ({found.refused[0][1]})"
    else:
        detail = f"{told} {host} has no address"
    return FetchResult("transient", retry_after=found.expires_at - now, detail=detail, private=True)


def _request_failed(url: str, error: Exception, notes: ResolutionNotes, seconds: float) -> FetchResult:
    sentence = f"{url} failed: {cause_of(error)}"
    failure = TraceError(type(error).__name__, "http-failed", sentence)
    notes.add(TraceRecord("http", url, error=failure, seconds=seconds))
    is_ours = any(isinstance(each, OSError) and each.errno in OF_THIS_MACHINE for each in chain_of(error))
    return FetchResult("transient", detail=sentence, private=is_ours, trouble="machine" if is_ours else None)


def _unasked(trouble: Trouble, detail: str) -> FetchResult:
    return FetchResult("transient", detail=detail, private=True, trouble=trouble)


def _location(response: HttpResponse) -> str | None:
    """Return the Location of a redirect; None for any other response, or without that header."""
    locations = response.values("location") if response.status in _REDIRECTS else []
    return locations[0] if locations else None


def _summary(response: HttpResponse) -> str:
    location = _location(response)
    leads = "" if location is None else f" to {quoted(location)}"
    return f"{response.status}{leads}, {len(response.body)} bytes{' and more' if response.truncated else ''}"
