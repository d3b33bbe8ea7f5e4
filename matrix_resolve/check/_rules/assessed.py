"""The evidence with conclusions that several rules need. They are computed once, before the rules run."""

from typing import Any

import attrs

from ..evidence import Evidence, TargetProbe
from .clocks import Clock, is_clock_wrong_here, read_clocks
from .unreachable import is_network_trouble
from .working import is_working


@attrs.frozen(kw_only=True)
class AssessedEvidence(Evidence):
    """The evidence, and conclusions from it.

    Attributes:
        clocks: The clock of each host that sent a Date header.
        is_clock_wrong_here: True if several machines agree on another time than this one.
        right_time: The time of the check, according to other hosts if the clock of this machine is wrong.
        working_priorities: The SRV priority of each target that works.
    """

    clocks: tuple[Clock, ...]
    is_clock_wrong_here: bool
    right_time: float
    working_priorities: tuple[int, ...]

    @property
    def has_working_target(self) -> bool:
        """True if at least one target works."""
        return bool(self.working_priorities)

    def is_fallback_only(self, probe: TargetProbe) -> bool:
        """Return whether a fault at a target does not matter, because other servers use another target.

        Servers try the next target if nothing answers. Few do so after a failed handshake or a wrong response, so a target that answers
        wrongly does not matter only if it comes after all targets that work.
        """
        if not self.working_priorities:
            return False
        return is_network_trouble(probe.trouble) or probe.target.priority > min(self.working_priorities)


def assess(evidence: Evidence) -> AssessedEvidence:
    """Return *evidence* with the conclusions."""
    clocks = read_clocks(evidence)
    is_wrong = is_clock_wrong_here(clocks)
    right_time = evidence.checked_at + (clocks[0].ahead if is_wrong else 0.0)
    working = [probe for probe in evidence.targets if is_working(probe, evidence.server_name, right_time)]
    fields: dict[str, Any] = attrs.asdict(evidence, recurse=False)
    return AssessedEvidence(
        **fields,
        clocks=clocks,
        is_clock_wrong_here=is_wrong,
        right_time=right_time,
        working_priorities=tuple(probe.target.priority for probe in working),
    )
