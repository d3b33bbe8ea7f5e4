"""What time it is: by our own clock, and by those of the hosts that were asked."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import attrs

from ..evidence import Evidence
from ..exchanges import HttpExchange

_WRONG_BY = 300.0
"""Seconds; more than any network takes."""
_SEVERAL = 2


@attrs.frozen
class Clock:
    """What a host says that the time is.

    Attributes:
        host: Its name, or its address if it has none.
        ip: Its address.
        ahead: By how many seconds its clock is ahead of ours.
    """

    host: str
    ip: str
    ahead: float

    @property
    def is_off(self) -> bool:
        """True if its clock or ours is wrong."""
        return abs(self.ahead) > _WRONG_BY


def read_clocks(evidence: Evidence) -> tuple[Clock, ...]:
    """Return the clock of each host that sent a date."""
    return tuple(_read(evidence))


def is_clock_wrong_here(seen: Sequence[Clock]) -> bool:
    """Return whether several machines agree on another time than this one."""
    is_agreed = all(clock.is_off and abs(clock.ahead - seen[0].ahead) <= _WRONG_BY for clock in seen)
    return is_agreed and _machines(seen) >= _SEVERAL


def _machines(seen: Sequence[Clock]) -> int:
    """Return the number of machines; what shares a name or an address is taken for one."""
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
    """Read the Date header, which caches send as they got it, together with its age (RFC 9111, section 5.1)."""
    if exchange is None:
        return
    try:
        date, age = parsedate_to_datetime(exchange.header("date")), int(exchange.header("age") or 0)
        then = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() + age
    except (ValueError, TypeError, OverflowError, IndexError):
        return
    yield Clock(host, ip or host, then - evidence.checked_at)
