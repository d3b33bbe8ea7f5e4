"""The signing keys that each target publishes: without valid ones, other servers believe nothing that comes from there."""

from collections.abc import Iterator

from ..._util.escaping import quoted
from ...errors import InvalidServerName
from ...server_name import ServerName
from ..evidence import Evidence, KeyFacts, TargetProbe
from ..findings import Finding, make_finding
from .api_diagnoses import is_compressed
from .clocks import clocks, is_ours_wrong, right_time
from .diagnosis import Diagnosis, Observation, merge_findings
from .unreachable import exhaustion
from .working import is_fallback_only, is_version_hidden, is_working, json_object

_PATH = "/_matrix/key/v2/server"
_SOON = 3_600.0  # seconds; homeservers sign for half a day at least
_LONG = 2 * 86_400.0


def key_rules(evidence: Evidence) -> Iterator[Finding]:
    """Judge the keys of each target, and whether all have the same."""
    facts = [
        (probe.key_facts, probe) for probe in evidence.targets if probe.key_facts is not None and _is_homeserver(probe)
    ]
    yield from merge_findings(
        observation for keys, probe in facts for observation in _observations(keys, probe, evidence)
    )
    served = {keys.public_keys for keys, probe in facts if is_working(probe, evidence)}
    if len(served) > 1:
        cause = "The targets have different signing keys: they are different homeservers, or different copies of one."
        places = ", ".join(probe.target.address for _, probe in facts)
        repair = f"Let {places} lead to one homeserver, with one signing key."
        yield make_finding("targets-differ", cause, repair, [_line(probe, keys) for keys, probe in facts])
    now = right_time(evidence)
    in_time = {
        probe.target.dns_name or probe.target.ip
        for keys, probe in facts
        if keys.valid_until is not None and keys.valid_until > now
    }
    yield from _clocks(evidence, in_time)


def _is_homeserver(probe: TargetProbe) -> bool:
    """Say whether the version came from a homeserver, over a valid connection, and keys that can be read: else that is what is wrong."""
    is_one = json_object(probe.version) is not None or is_version_hidden(probe)
    is_readable = probe.keys is not None and not is_compressed(probe.keys)
    return probe.trouble is None and is_one and is_readable and exhaustion(probe) is None


def _observations(facts: KeyFacts, probe: TargetProbe, evidence: Evidence) -> Iterator[Observation]:
    diagnoses: list[Diagnosis | None] = [*_diagnoses(facts, evidence)]
    for diagnosis in diagnoses or [None]:
        yield Observation(diagnosis, probe.target.address, _line(probe, facts), is_fallback_only(probe, evidence))


def _diagnoses(facts: KeyFacts, evidence: Evidence) -> Iterator[Diagnosis]:
    if facts.fault:
        cause = f"{_PATH} is no key response: {facts.fault}."
        yield Diagnosis(
            "keys-not-json",
            cause,
            f"Let the homeserver of {evidence.server_name} answer {_PATH}: forward all of /_matrix.",
        )
        return
    if facts.server_name != evidence.server_name:
        yield _other_server(facts, evidence)
    yield from _expiry(facts, evidence)
    if not facts.key_ids:
        cause = f"There is no Ed25519 key among the signing keys in {_PATH}."
        yield Diagnosis("keys-missing", cause, f"Give the homeserver of {evidence.server_name} a signing key.")
    yield from _signatures(facts, evidence)
    if facts.old_fault:
        cause = f"In {_PATH} {facts.old_fault}, without which some servers, such as Synapse, take no keys from there."
        repair = "Let the homeserver give old_verify_keys: an empty object, or each old key with key and expired_ts."
        yield Diagnosis("keys-old-unreadable", cause, repair)


def _other_server(facts: KeyFacts, evidence: Evidence) -> Diagnosis:
    """Judge a homeserver that is another one: who checks the name of its machine is to check its own name."""
    name = str(evidence.server_name)
    if facts.server_name.lower() == name.lower():
        cause = f"Server names are case-sensitive, and the homeserver there is {quoted(facts.server_name)}, not {name}."
        return Diagnosis("keys-other-server", cause, f"Check {facts.server_name}.")
    cause = f"The homeserver there says it is {quoted(facts.server_name)}, not {name}."
    repair = (
        f"lead {name} to the right homeserver, or set server_name to {name} in the configuration of this one "
        "(before it has users)"
    )
    if not _is_name(facts.server_name):
        return Diagnosis("keys-other-server", cause, f"{repair[:1].upper()}{repair[1:]}.")
    return Diagnosis(
        "keys-other-server",
        cause,
        f"Check {facts.server_name}, which that homeserver serves; or, if it is to serve {name}, {repair}.",
    )


def _is_name(text: str) -> bool:
    try:
        ServerName.parse(text)
    except InvalidServerName:
        return False
    return True


def _expiry(facts: KeyFacts, evidence: Evidence) -> Iterator[Diagnosis]:
    now, name = right_time(evidence), evidence.server_name
    repair = f"Correct the clock of the homeserver of {name}, or that of this machine if it is wrong, and restart the homeserver so that it signs its keys anew."
    if facts.valid_until is None:
        cause = f"In {_PATH} {facts.valid_until_fault}, so other servers take the signing keys for expired."
        told = f"Let the homeserver of {name} itself answer {_PATH}, with valid_until_ts in milliseconds since 1970."
        yield Diagnosis("keys-expired", cause, told)
    elif facts.valid_until <= now:
        cause = "The signing keys have expired (valid_until_ts), so other servers refuse everything signed with them."
        yield Diagnosis("keys-expired", cause, repair)
    elif facts.valid_until <= now + _SOON:
        cause = "The signing keys expire within the hour (valid_until_ts), while others are valid for a day or more."
        yield Diagnosis("keys-expire-soon", cause, repair)


def _signatures(facts: KeyFacts, evidence: Evidence) -> Iterator[Diagnosis]:
    if facts.unusable:
        cause = f"The signing key {', '.join(facts.unusable)} is no Ed25519 key."
        yield Diagnosis("keys-unusable", cause, f"Give the homeserver of {evidence.server_name} a new signing key.")
    if facts.unsigned:
        yield _unsigned(facts)
    if facts.forged:
        cause = f"The signature of {', '.join(facts.forged)} is wrong: something changes the response, or the key was exchanged."
        yield Diagnosis(
            "keys-forged", cause, f"Let the proxy pass the body of {_PATH} on as it is, and restart the homeserver."
        )


def _unsigned(facts: KeyFacts) -> Diagnosis:
    """Judge missing signatures: for Synapse one is enough, while the specification wants one by each key."""
    missing = ", ".join(facts.unsigned)
    cause = f"The key response is not signed with {missing}, which it names."
    if len(facts.unsigned) < len(facts.public_keys):
        repair = f"Sign the response with {missing}, too, or move what is no longer used to old_verify_keys."
        return Diagnosis("keys-partly-signed", cause.replace("not signed with", "signed, but not with"), repair)
    repair = f"Let the homeserver itself answer {_PATH}: nothing in between may change the response."
    return Diagnosis("keys-unsigned", cause, repair)


def _clocks(evidence: Evidence, hosts: set[str]) -> Iterator[Finding]:
    """Compare the clocks of the homeservers on *hosts* with our own."""
    seen = [clock for clock in clocks(evidence) if clock.is_off]
    if is_ours_wrong(evidence):
        cause = f"The clock of this machine is {_time(-seen[0].ahead)}, by the clocks of all hosts that it asked."
        lines = [f"{clock.host} ({clock.ip}): {_time(clock.ahead)}" for clock in seen]
        yield make_finding(
            "clock-wrong-here", cause, "Let this machine set its clock by NTP, and check once more.", lines
        )
        return
    for host, clock in {clock.host: clock for clock in reversed(seen) if clock.host in hosts}.items():
        than = " of" if clock.ahead > 0 else ""
        cause = f"The clock of {host} is {_time(clock.ahead)}{than} that of this machine, and one of them is wrong: events and keys get wrong times."
        yield make_finding(
            "clock-wrong", cause, f"Let {host} set its clock by NTP, or this machine, whichever is wrong.", [clock.ip]
        )


def _time(ahead: float) -> str:
    seconds = abs(ahead)
    amount = f"{seconds / 60:.0f} minutes" if seconds < _LONG else f"{seconds / 86_400:.0f} days"
    return f"{amount} {'ahead' if ahead > 0 else 'behind'}"


def _line(probe: TargetProbe, facts: KeyFacts) -> str:
    return f"{probe.target.address}: {quoted(facts.server_name)}, {', '.join(facts.key_ids) or 'no key'}"
