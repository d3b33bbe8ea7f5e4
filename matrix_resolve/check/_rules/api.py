"""The federation API behind the connections: whether a homeserver answers, and what stands in its way."""

from collections.abc import Iterator

from ..evidence import Evidence, TargetProbe
from ..exchanges import HttpExchange
from ..findings import Finding
from .api_diagnoses import api_diagnosis, is_compressed, path_of
from .diagnosis import Diagnosis, Observation, merge_findings
from .unreachable import exhaustion
from .working import is_fallback_only, is_federation, is_version_hidden

_OK = 200


def api_rules(evidence: Evidence) -> Iterator[Finding]:
    """Judge the answers of each target."""
    yield from merge_findings(
        Observation(_diagnosis(probe), probe.target.address, _line(probe), is_fallback_only(probe, evidence))
        for probe in evidence.targets
        if probe.version is not None and probe.trouble is None and exhaustion(probe) is None
    )


def _diagnosis(probe: TargetProbe) -> Diagnosis | None:
    version, keys = probe.version, probe.keys
    if version is None or keys is None:
        return None
    if not is_federation(probe):
        return api_diagnosis(probe, version)
    if keys.status != _OK or is_compressed(keys):
        return api_diagnosis(probe, keys)
    return _hidden(probe, version) if is_version_hidden(probe) else None


def _hidden(probe: TargetProbe, version: HttpExchange) -> Diagnosis:
    place = f"port {probe.target.port} of {probe.target.dns_name or probe.target.ip}"
    cause = f"{path_of(version)} is {version.status}, while the rest of the federation API is served: monitoring and some servers ask for it."
    return Diagnosis("api-version-hidden", cause, f"Let {path_of(version)} on {place} reach the homeserver, too.")


def _line(probe: TargetProbe) -> str:
    """Say what was answered."""
    told = [
        f"{path_of(one)}: {_answer(one)}"
        for one in (probe.version, probe.keys, probe.client, probe.federation)
        if one is not None
    ]
    return f"{probe.target.address}: " + "; ".join(told)


def _answer(exchange: HttpExchange) -> str:
    if exchange.trouble is not None:
        return exchange.trouble.message
    kind = exchange.header("content-type") or "no content type"
    return f'{exchange.status} ({kind}) "{exchange.excerpt(60)}"'
