"""Compare the clock of this machine with those of the hosts that were checked."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import attrs

from ..evidence import Evidence
from ..exchanges import HttpExchange

_WRONG_BY = 300.0
"""Seconds of difference that are tolerated; more than any network delay."""
_SEVERAL = 2


@attrs.frozen
class Clock:
    """The clock of a host, from its Date header.

    Attributes:
        host: The name of the host, or its address if it has no name.
        ip: The address of the host.
        ahead: How many seconds its clock is ahead of this machine's.
    """

    host: str
    ip: str
    ahead: float

    @property
    def is_off(self) -> bool:
        """True if its clock or that of this machine is wrong."""
        return abs(self.ahead) > _WRONG_BY


def read_clocks(evidence: Evidence) -> tuple[Clock, ...]:
    """Return the clock of each host that sent a Date header."""
    return tuple(_read(evidence))


def is_clock_wrong_here(seen: Sequence[Clock]) -> bool:
    """Return whether at least two machines agree on a time that differs from this machine's."""
    is_agreed = all(clock.is_off and abs(clock.ahead - seen[0].ahead) <= _WRONG_BY for clock in seen)
    return is_agreed and _machines(seen) >= _SEVERAL


def _machines(seen: Sequence[Clock]) -> int:
    """Return the number of machines. Hosts that share a name or an address count as one."""
    groups: list[set[str]] = []
    for clock in seen:
        names = {clock.host, clock.ip}
        joined = [group for group in groups if group & names]
        groups = [group for group in groups if group not in joined] + [names.union(*joined)]
    return len(groups)


def _read(evidence: Evidence) -> Iterator[Clock]:
    for probe in evidence.targets:
        yield from _clock(probe.target.dns_name or probe.target.ip, probe.target.ip, probe.version, evidence)
    for known in evidence.well_knowns:
        for exchange in known.exchanges:
            yield from _clock(exchange.url.split("/")[2], exchange.ip, exchange, evidence)


def _clock(host: str, ip: str, exchange: HttpExchange | None, evidence: Evidence) -> Iterator[Clock]:
    """Return the clock in the Date header. A cache sends the original Date, so its Age is added (RFC 9111, section 5.1)."""
    if exchange is None:
        return
    try:
        date, age = parsedate_to_datetime(exchange.header("date")), int(exchange.header("age") or 0)
        then = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() + age
    except (ValueError, TypeError, OverflowError, IndexError):
        return
    yield Clock(host, ip or host, then - evidence.checked_at)
