"""Rules about the signing keys of each target. Without valid keys, other servers reject everything from the homeserver."""

from collections.abc import Iterator

from ...errors import InvalidServerName
from ...server_name import ServerName
from ..evidence import KeyFacts, TargetProbe
from ..faults import Diagnosis, Fault, Seen, diagnose, make_fault, seen
from .api_diagnoses import is_compressed
from .assessed import AssessedEvidence
from .observations import Observation, merge_findings
from .unreachable import exhaustion
from .working import is_version_hidden, is_working, json_object

_SOON = 3_600.0  # seconds; the keys of a homeserver are valid for at least half a day


def key_rules(evidence: AssessedEvidence) -> Iterator[Fault]:
    """Report what is wrong with the keys of each target, and whether all have the same."""
    facts = [
        (probe.key_facts, probe) for probe in evidence.targets if probe.key_facts is not None and _is_homeserver(probe)
    ]
    yield from merge_findings(
        observation for keys, probe in facts for observation in _observations(keys, probe, evidence)
    )
    name, now = evidence.server_name, evidence.right_time
    if len({keys.public_keys for keys, probe in facts if is_working(probe, name, now)}) > 1:
        places = tuple(probe.target.endpoint for _, probe in facts)
        yield make_fault(diagnose("targets-differ", places=places), [_seen(probe, keys) for keys, probe in facts])
    in_time = {
        probe.target.dns_name or probe.target.ip
        for keys, probe in facts
        if keys.valid_until is not None and keys.valid_until > now
    }
    yield from _clocks(evidence, in_time)


def _is_homeserver(probe: TargetProbe) -> bool:
    """Return whether a homeserver sent the version over a valid connection, and its keys can be read. Otherwise other rules report why."""
    is_one = json_object(probe.version) is not None or is_version_hidden(probe)
    is_readable = probe.keys is not None and not is_compressed(probe.keys)
    return probe.trouble is None and is_one and is_readable and exhaustion(probe) is None


def _observations(facts: KeyFacts, probe: TargetProbe, evidence: AssessedEvidence) -> Iterator[Observation]:
    diagnoses: list[Diagnosis | None] = [*_diagnoses(facts, evidence)]
    for diagnosis in diagnoses or [None]:
        yield Observation(diagnosis, _seen(probe, facts), evidence.is_fallback_only(probe))


def _diagnoses(facts: KeyFacts, evidence: AssessedEvidence) -> Iterator[Diagnosis]:
    name = str(evidence.server_name)
    if facts.fault:
        yield diagnose("keys-not-json", server_name=name, fault=facts.fault)
        return
    if facts.server_name != evidence.server_name:
        yield _other_server(facts.server_name, name)
    yield from _expiry(facts, name, evidence.right_time)
    if not facts.key_ids:
        yield diagnose("keys-missing", server_name=name)
    yield from _signatures(facts, name)
    if facts.old_fault:
        yield diagnose("keys-old-unreadable", fault=facts.old_fault)


def _other_server(found: str, name: str) -> Diagnosis:
    """Return the diagnosis that another homeserver answers. Often the user passed a hostname instead of the server name."""
    if found.lower() == name.lower():
        return diagnose("keys-other-server", "spelling", server_name=name, found=found)
    return diagnose("keys-other-server", server_name=name, found=found, is_valid=_is_name(found))


def _is_name(text: str) -> bool:
    try:
        ServerName.parse(text)
    except InvalidServerName:
        return False
    return True


def _expiry(facts: KeyFacts, name: str, now: float) -> Iterator[Diagnosis]:
    if facts.valid_until is None:
        yield diagnose("keys-expired", "unknown", server_name=name, fault=facts.valid_until_fault)
    elif facts.valid_until <= now:
        yield diagnose("keys-expired", server_name=name)
    elif facts.valid_until <= now + _SOON:
        yield diagnose("keys-expire-soon", server_name=name)


def _signatures(facts: KeyFacts, name: str) -> Iterator[Diagnosis]:
    if facts.unusable:
        yield diagnose("keys-unusable", server_name=name, key_ids=facts.unusable)
    if facts.unsigned:  # the specification requires a signature with each key; for Synapse, one signature is enough
        is_partly = len(facts.unsigned) < len(facts.public_keys)
        yield diagnose("keys-partly-signed" if is_partly else "keys-unsigned", key_ids=facts.unsigned)
    if facts.forged:
        yield diagnose("keys-forged", key_ids=facts.forged)


def _clocks(evidence: AssessedEvidence, hosts: set[str]) -> Iterator[Fault]:
    """Report clocks of the homeservers on *hosts* that differ from that of this machine."""
    wrong = [clock for clock in evidence.clocks if clock.is_off]
    if evidence.is_clock_wrong_here:
        lines = [seen("clock", host=clock.host, ip=clock.ip, ahead=clock.ahead) for clock in wrong]
        yield make_fault(diagnose("clock-wrong-here", ahead=-wrong[0].ahead), lines)
        return
    for host, clock in {clock.host: clock for clock in reversed(wrong) if clock.host in hosts}.items():
        yield make_fault(diagnose("clock-wrong", host=host, ahead=clock.ahead), [seen("address", ip=clock.ip)])


def _seen(probe: TargetProbe, facts: KeyFacts) -> Seen:
    return seen("keys", probe.target.endpoint, facts=facts)
