"""Rules about the well-known document: what each address returns, and whether they agree."""

from collections.abc import Iterator, Sequence

import attrs

from ..._util.ports import HTTPS_PORT
from ...models import Step
from ..evidence import Evidence, WellKnownProbe
from ..faults import Diagnosis, Fault, diagnose, make_fault
from .assessed import AssessedEvidence
from .certificate_diagnoses import is_same_refused
from .observations import Observation, merge_findings
from .unreachable import is_missing_here, is_network_trouble
from .web_hosts import web_host_rules
from .well_known_diagnoses import document_diagnoses, failure_diagnosis
from .well_known_places import end_of, hops_at, is_redirected, is_unanswered, place_of, seen_of


def well_known_rules(evidence: AssessedEvidence) -> Iterator[Fault]:
    """Report what is wrong with the responses of the well-known host's addresses, and of the hosts that they redirect to."""
    if evidence.is_overridden:
        return
    here = [probe for probe in evidence.well_knowns if not is_missing_here(probe, evidence)]
    dead = [probe for probe in here if _is_dead(probe, here) or _is_unused(probe, evidence)]
    answered = [probe for probe in here if probe not in dead]
    yield from web_host_rules(evidence)
    if not answered:
        yield from _nobody_answers(dead, evidence)
        return
    if not _is_reported_of_targets(dead, evidence):
        yield from _dead_by_host(dead, answered)
    yield from _differ(answered, evidence)
    is_mild = evidence.has_working_target and not _delegates(answered) and not _was_delegated(evidence)
    is_hiding = hides_targets(evidence)
    yield from merge_findings(
        Observation(_failure(probe, evidence, hides=is_hiding), seen_of(probe), is_mild) for probe in answered
    )
    yield from merge_findings(observation for probe in answered for observation in _oddities(probe))


def hides_targets(evidence: AssessedEvidence) -> bool:
    """Return whether a broken well-known document makes other servers connect to the default port, where nothing answers."""
    if evidence.is_overridden:
        return False
    broken = [probe for probe in evidence.well_knowns if not _is_dead(probe, evidence.well_knowns)]
    is_broken = bool(broken) and all(failure_diagnosis(probe, evidence) is not None for probe in broken)
    is_default = evidence.resolution is not None and evidence.resolution.step is Step.DEFAULT_PORT
    return is_broken and is_default and all(is_network_trouble(probe.trouble) for probe in evidence.targets)


def _failure(probe: WellKnownProbe, evidence: AssessedEvidence, *, hides: bool) -> Diagnosis | None:
    diagnosis = None if _has_certificate_of_target(probe, evidence) else failure_diagnosis(probe, evidence)
    return diagnosis and attrs.evolve(diagnosis, hides_targets=hides)


def _has_certificate_of_target(probe: WellKnownProbe, evidence: Evidence) -> bool:
    """Return whether a target presents the same refused certificate. It is reported only for the target: one certificate has to be replaced."""
    return any(is_same_refused(target, probe) for target in evidence.targets)


def _is_dead(probe: WellKnownProbe, probes: Sequence[WellKnownProbe]) -> bool:
    """Return whether nothing answers at an address, although its host answered other requests."""
    if not is_unanswered(probe):
        return False
    host = end_of(probe)
    return not is_redirected(probe) or any(hops_at(host, each) and not is_unanswered(each) for each in probes)


def _is_unused(probe: WellKnownProbe, evidence: Evidence) -> bool:
    """Return whether port 443 speaks plain HTTP and targets use another port. This has the same effect as a closed port.

    Debian's Apache does this once TLS is enabled for any port.
    """
    is_plain = probe.trouble is not None and probe.trouble.code == "not-tls" and len(probe.exchanges) == 1
    is_elsewhere = any(each.certificate is not None for each in evidence.targets)
    return is_plain and is_elsewhere and not _delegates(evidence.well_knowns)


def _is_reported_of_targets(dead: Sequence[WellKnownProbe], evidence: AssessedEvidence) -> bool:
    """Return whether these are also addresses of targets. The fault is then reported only for the targets, because the repair is the same."""
    ips = {probe.target.ip for probe in evidence.targets if is_network_trouble(probe.trouble)}
    return evidence.has_working_target and all(probe.last_ip in ips for probe in dead)


def _delegates(probes: Sequence[WellKnownProbe]) -> bool:
    return any(probe.delegated is not None for probe in probes)


def _was_delegated(evidence: Evidence) -> bool:
    """Return whether this resolver followed a delegation, perhaps from a cached response that other servers do not have."""
    return evidence.resolution is not None and evidence.resolution.delegated is not None


def _oddities(probe: WellKnownProbe) -> Iterator[Observation]:
    diagnoses: list[Diagnosis | None] = [*document_diagnoses(probe)]
    for diagnosis in diagnoses or [None]:
        yield Observation(diagnosis, seen_of(probe))


def _nobody_answers(dead: list[WellKnownProbe], evidence: Evidence) -> Iterator[Fault]:
    """Report a port 443 that drops packets. Other servers then wait; if it refused connections, they would continue at once.

    If the whole machine drops packets, the targets are reported instead.
    """
    reported = {probe.target.ip for probe in evidence.targets if probe.trouble and probe.trouble.code == "timeout"}
    silent = [probe for probe in dead if probe.trouble and probe.trouble.code == "timeout" and probe.ip not in reported]
    is_answered = any(not is_network_trouble(probe.trouble) for probe in evidence.targets)
    name = str(evidence.server_name)
    diagnosis = diagnose("well-known-timeout", server_name=name, is_answered_elsewhere=is_answered)
    yield from merge_findings(Observation(diagnosis if probe in silent else None, seen_of(probe)) for probe in dead)


def _dead_by_host(dead: list[WellKnownProbe], answered: list[WellKnownProbe]) -> Iterator[Fault]:
    """Report addresses at which nothing answers, although other addresses of the same host answer."""
    for host in dict.fromkeys(map(end_of, dead)):
        there = [probe for probe in dead if end_of(probe) == host]
        alive = [hop.ip for probe in answered for hop in hops_at(host, probe)]
        yield _dead(host, there, alive, answered)


def _dead(place: str, dead: list[WellKnownProbe], alive: list[str], answered: list[WellKnownProbe]) -> Fault:
    is_ipv4_lost = any(":" not in probe.last_ip for probe in dead) and all(":" in ip for ip in alive)
    is_severe = is_ipv4_lost and _delegates(answered)
    host, _, port = place.partition(":")
    ips = tuple(dict.fromkeys(probe.last_ip for probe in dead))
    diagnosis = diagnose(
        "well-known-address-dead", host=host, port=int(port or HTTPS_PORT), ips=ips, hides_delegation=is_severe
    )
    return make_fault(diagnosis, map(seen_of, dead), severe=is_severe)


def _differ(answered: list[WellKnownProbe], evidence: AssessedEvidence) -> Iterator[Fault]:
    """Report addresses whose documents delegate to different names. Names that differ only in spelling count as equal."""
    valid = [probe for probe in answered if failure_diagnosis(probe, evidence) is None]
    if len({str(probe.delegated).lower() for probe in valid}) <= 1:
        return
    places = tuple(dict.fromkeys(map(place_of, answered)))
    diagnosis = diagnose("well-known-differs", server_name=str(evidence.server_name), places=places)
    yield make_fault(diagnosis, map(seen_of, answered))
