"""Rules about the federation API: whether a homeserver answers, and what prevents it."""

from collections.abc import Iterator
from http import HTTPStatus

from ..evidence import TargetProbe
from ..faults import Diagnosis, Fault, seen
from .api_diagnoses import api_diagnosis, diagnose_answer, is_compressed
from .assessed import AssessedEvidence
from .observations import Observation, merge_findings
from .unreachable import exhaustion
from .working import is_federation, is_version_hidden


def api_rules(evidence: AssessedEvidence) -> Iterator[Fault]:
    """Report what is wrong with the answers of each target."""
    yield from merge_findings(
        Observation(
            _diagnosis(probe), seen("api", probe.target.endpoint, probe=probe), evidence.is_fallback_only(probe)
        )
        for probe in evidence.targets
        if probe.version is not None and probe.trouble is None and exhaustion(probe) is None
    )


def _diagnosis(probe: TargetProbe) -> Diagnosis | None:
    version, keys = probe.version, probe.keys
    if version is None or keys is None:
        return None
    if not is_federation(probe):
        return api_diagnosis(probe, version)
    if keys.status != HTTPStatus.OK or is_compressed(keys):
        return api_diagnosis(probe, keys)
    if not is_version_hidden(probe):
        return None
    return diagnose_answer("api-version-hidden", probe, version, status=version.status)
