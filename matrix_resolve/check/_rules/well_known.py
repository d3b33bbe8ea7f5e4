"""The well-known: what each address answers, and whether they agree."""

from collections.abc import Iterator, Sequence

import attrs

from ..._well_known.document import WELL_KNOWN_PATH
from ...models import Step
from ..evidence import Evidence, WellKnownProbe
from ..findings import Finding, make_finding
from .certificate_diagnoses import is_same_refused
from .diagnosis import Diagnosis, Observation, merge_findings
from .repairs import sentence, serve
from .unreachable import is_missing_here, is_network_trouble
from .web_hosts import web_host_rules
from .well_known_diagnoses import document_diagnoses, failure_diagnosis
from .well_known_places import end_of, hops_at, is_redirected, is_unanswered, line_of, place_of
from .working import has_working_target


def well_known_rules(evidence: Evidence) -> Iterator[Finding]:
    """Judge what the addresses of the well-known host, and of those that it redirects to, answered."""
    if evidence.is_overridden:
        return
    here = [probe for probe in evidence.well_knowns if not is_missing_here(probe, evidence)]
    dead = [probe for probe in here if _is_dead(probe, here) or _is_unused(probe, evidence)]
    answered = [probe for probe in here if probe not in dead]
    yield from web_host_rules(evidence)
    if not answered:
        yield from _nobody_answers(dead, evidence)
        return
    if not _is_told_of_targets(dead, evidence):
        yield from _dead_by_host(dead, answered)
    yield from _differ(answered, evidence)
    is_mild = has_working_target(evidence) and not _delegates(answered) and not _was_delegated(evidence)
    ending = "; so servers go to port 8448, where nobody answers." if hides_targets(evidence) else "."
    yield from merge_findings(
        Observation(_failure(probe, evidence, ending), place_of(probe), line_of(probe), is_mild) for probe in answered
    )
    yield from merge_findings(observation for probe in answered for observation in _oddities(probe))


def hides_targets(evidence: Evidence) -> bool:
    """Say whether a broken well-known is why servers go where nobody answers: the default port, which nobody may ever have meant."""
    if evidence.is_overridden:
        return False
    broken = [probe for probe in evidence.well_knowns if not _is_dead(probe, evidence.well_knowns)]
    is_broken = bool(broken) and all(failure_diagnosis(probe, evidence) is not None for probe in broken)
    is_default = evidence.resolution is not None and evidence.resolution.step is Step.DEFAULT_PORT
    return is_broken and is_default and all(is_network_trouble(probe.trouble) for probe in evidence.targets)


def _failure(probe: WellKnownProbe, evidence: Evidence, ending: str) -> Diagnosis | None:
    diagnosis = None if _has_certificate_of_target(probe, evidence) else failure_diagnosis(probe, evidence)
    return diagnosis and attrs.evolve(diagnosis, cause=diagnosis.cause.removesuffix(".") + ending)


def _has_certificate_of_target(probe: WellKnownProbe, evidence: Evidence) -> bool:
    """Say whether the very certificate that is refused here is refused at a target, where that is told: it is one to repair."""
    return any(is_same_refused(target, probe) for target in evidence.targets)


def _is_dead(probe: WellKnownProbe, probes: Sequence[WellKnownProbe]) -> bool:
    """Say whether nobody answers at an address, of a host that others were not led to in vain."""
    if not is_unanswered(probe):
        return False
    host = end_of(probe)
    return not is_redirected(probe) or any(hops_at(host, each) and not is_unanswered(each) for each in probes)


def _is_unused(probe: WellKnownProbe, evidence: Evidence) -> bool:
    """Say whether port 443 speaks plain HTTP while servers are at another port: it is as good as closed.

    Debian's Apache does so once TLS is enabled for any port.
    """
    is_plain = probe.trouble is not None and probe.trouble.code == "not-tls" and len(probe.exchanges) == 1
    is_elsewhere = any(each.certificate is not None for each in evidence.targets)
    return is_plain and is_elsewhere and not _delegates(evidence.well_knowns)


def _is_told_of_targets(dead: Sequence[WellKnownProbe], evidence: Evidence) -> bool:
    """Say whether these addresses are those of targets, too, of which the same is said: one dead address is one thing to repair."""
    ips = {probe.target.ip for probe in evidence.targets if is_network_trouble(probe.trouble)}
    return has_working_target(evidence) and all(probe.last_ip in ips for probe in dead)


def _delegates(probes: Sequence[WellKnownProbe]) -> bool:
    return any(probe.delegated is not None for probe in probes)


def _was_delegated(evidence: Evidence) -> bool:
    """Say whether this resolver went where the well-known led, be it by an answer of another moment: others, who have none, do not."""
    return evidence.resolution is not None and evidence.resolution.delegated is not None


def _oddities(probe: WellKnownProbe) -> Iterator[Observation]:
    diagnoses: list[Diagnosis | None] = [*document_diagnoses(probe)]
    for diagnosis in diagnoses or [None]:
        yield Observation(diagnosis, place_of(probe), line_of(probe))


def _nobody_answers(dead: list[WellKnownProbe], evidence: Evidence) -> Iterator[Finding]:
    """Judge silence: where connections are refused, others go on at once; where they vanish, others wait.

    Where a whole machine is silent, that is said of its targets.
    """
    told = {probe.target.ip for probe in evidence.targets if probe.trouble and probe.trouble.code == "timeout"}
    silent = [probe for probe in dead if probe.trouble and probe.trouble.code == "timeout" and probe.ip not in told]
    cause = f"Port 443 of {evidence.server_name} neither answers nor refuses connections, so servers wait for the well-known for seconds before they go on."
    diagnosis = Diagnosis("well-known-timeout", cause, _end_of_silence(evidence))
    yield from merge_findings(
        Observation(diagnosis if probe in silent else None, probe.ip, line_of(probe)) for probe in dead
    )


def _end_of_silence(evidence: Evidence) -> str:
    name = evidence.server_name
    if any(not is_network_trouble(probe.trouble) for probe in evidence.targets):
        return f"Let port 443 of {name} refuse connections, or answer 404 there, as nothing is delegated."
    return sentence(f"let port 443 of {name} answer, and {serve(f'https://{name}{WELL_KNOWN_PATH}')}")


def _dead_by_host(dead: list[WellKnownProbe], answered: list[WellKnownProbe]) -> Iterator[Finding]:
    """Judge addresses that nobody answers at, while others of the same host do."""
    for host in dict.fromkeys(map(end_of, dead)):
        there = [probe for probe in dead if end_of(probe) == host]
        alive = [hop.ip for probe in answered for hop in hops_at(host, probe)]
        yield _dead(host, there, alive, answered)


def _dead(host: str, dead: list[WellKnownProbe], alive: list[str], answered: list[WellKnownProbe]) -> Finding:
    is_ipv4_lost = any(":" not in probe.last_ip for probe in dead) and all(":" in ip for ip in alive)
    is_severe = is_ipv4_lost and _delegates(answered)
    whom = (
        "IPv4-only servers never see the delegation"
        if is_severe
        else "servers that try these first wait, or miss the delegation"
    )
    ips = ", ".join(dict.fromkeys(probe.last_ip for probe in dead))
    name, _, port = host.partition(":")
    cause = f"Nobody answers at {ips} on port {port or 443}, while {name} answers for the well-known at its other addresses: {whom}."
    repair = f"Let the web server listen on {ips}, or remove the address from the DNS."
    return make_finding("well-known-address-dead", cause, repair, map(line_of, dead), severe=is_severe)


def _differ(answered: list[WellKnownProbe], evidence: Evidence) -> Iterator[Finding]:
    """Judge documents that delegate to different names; their spelling is nothing that servers look at."""
    valid = [probe for probe in answered if failure_diagnosis(probe, evidence) is None]
    if len({str(probe.delegated).lower() for probe in valid}) <= 1:
        return
    cause = f"The addresses of {evidence.server_name} serve different well-knowns, so it depends on chance where other servers go."
    repair = (
        f"Let {', '.join(dict.fromkeys(map(place_of, answered)))} serve the same document at {WELL_KNOWN_PATH}: "
        "one of the web servers is out of date, or another virtual host answers there."
    )
    yield make_finding("well-known-differs", cause, repair, map(line_of, answered))
