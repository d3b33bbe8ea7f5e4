"""The signing keys that each target publishes: without valid ones, other servers believe nothing that comes from there."""

from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime

from ..escaping import quoted
from .api_stories import is_compressed
from .evidence import Evidence, KeyFacts, TargetProbe
from .findings import found
from .report import Finding
from .serving import is_spared, json_object, serves
from .stories import Sighting, Story, tell

_PATH = "/_matrix/key/v2/server"
_WRONG_BY = 300.0  # seconds; more than any network takes
_SOON = 3_600.0  # seconds; homeservers sign for half a day at least
_LONG = 2 * 86_400.0


def judge_keys(evidence: Evidence) -> Iterator[Finding]:
    """Judge the keys of each target, and whether all have the same."""
    facts = [
        (probe.key_facts, probe) for probe in evidence.targets if probe.key_facts is not None and _is_homeserver(probe)
    ]
    yield from tell(sighting for keys, probe in facts for sighting in _sightings(keys, probe, evidence))
    served = {keys.public_keys for keys, probe in facts if serves(probe, evidence)}
    if len(served) > 1:
        cause = "The targets have different signing keys: they are different homeservers, or different copies of one."
        places = ", ".join(probe.target.address for _, probe in facts)
        repair = f"Let {places} lead to one homeserver, with one signing key."
        yield found("targets-differ", cause, repair, [_line(probe, keys) for keys, probe in facts])
    yield from tell(
        Sighting(_clock(probe, evidence), probe.target.address, probe.target.address)
        for keys, probe in facts
        if keys.valid_until is not None and keys.valid_until > evidence.checked_at
    )


def _is_homeserver(probe: TargetProbe) -> bool:
    """Say whether the version came from a homeserver, over a valid connection, and keys that can be read: else that is what is wrong."""
    is_one = probe.trouble is None and json_object(probe.version) is not None
    return is_one and probe.keys is not None and not is_compressed(probe.keys)


def _sightings(facts: KeyFacts, probe: TargetProbe, evidence: Evidence) -> Iterator[Sighting]:
    stories: list[Story | None] = [*_stories(facts, evidence)]
    for story in stories or [None]:
        yield Sighting(story, probe.target.address, _line(probe, facts), is_spared(probe, evidence))


def _stories(facts: KeyFacts, evidence: Evidence) -> Iterator[Story]:
    if facts.fault:
        cause = f"{_PATH} is no key response: {facts.fault}."
        yield Story(
            "keys-not-json",
            cause,
            f"Let the homeserver of {evidence.server_name} answer {_PATH}: forward all of /_matrix.",
        )
        return
    if facts.server_name != evidence.server_name:
        cause = f"The homeserver there believes to be {quoted(facts.server_name)}, not {evidence.server_name}."
        repair = f"Set server_name to {evidence.server_name} in its configuration (before it has users), or lead {evidence.server_name} to the right homeserver."
        yield Story("keys-other-server", cause, repair)
    yield from _expiry(facts, evidence)
    if not facts.key_ids:
        cause = f"There is no Ed25519 key among the signing keys in {_PATH}."
        yield Story("keys-missing", cause, f"Give the homeserver of {evidence.server_name} a signing key.")
    yield from _signatures(facts, evidence)


def _expiry(facts: KeyFacts, evidence: Evidence) -> Iterator[Story]:
    repair = (
        f"Correct the clock of the homeserver of {evidence.server_name}, and restart it so that it signs its keys anew."
    )
    if facts.valid_until is None:
        cause = f"{_PATH} has no valid_until_ts, so other servers take the signing keys for expired."
        yield Story("keys-expired", cause, repair)
    elif facts.valid_until <= evidence.checked_at:
        cause = "The signing keys have expired (valid_until_ts), so other servers refuse everything signed with them."
        yield Story("keys-expired", cause, repair)
    elif facts.valid_until <= evidence.checked_at + _SOON:
        cause = "The signing keys expire within the hour (valid_until_ts), while others are valid for a day or more."
        yield Story("keys-expire-soon", cause, repair)


def _signatures(facts: KeyFacts, evidence: Evidence) -> Iterator[Story]:
    if facts.unusable:
        cause = f"The signing key {', '.join(facts.unusable)} is no Ed25519 key."
        yield Story("keys-unusable", cause, f"Give the homeserver of {evidence.server_name} a new signing key.")
    if facts.unsigned:
        cause = f"The key response is not signed with {', '.join(facts.unsigned)}, which it names."
        repair = f"Let the homeserver itself answer {_PATH}: nothing in between may change the response."
        yield Story("keys-unsigned", cause, repair)
    if facts.forged:
        cause = f"The signature of {', '.join(facts.forged)} is wrong: something changes the response, or the key was exchanged."
        yield Story(
            "keys-forged", cause, f"Let the proxy pass the body of {_PATH} on as it is, and restart the homeserver."
        )


def _clock(probe: TargetProbe, evidence: Evidence) -> Story | None:
    """Compare the Date header with our own clock."""
    try:
        date = parsedate_to_datetime(probe.version.header("date") if probe.version else "")
        ahead = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - evidence.checked_at
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if abs(ahead) <= _WRONG_BY:
        return None
    host = probe.target.dns_name or probe.target.ip
    cause = f"The clock of {host} is {_time(abs(ahead))} {'ahead' if ahead > 0 else 'behind'}: events and keys get wrong times."
    return Story("clock-wrong", cause, f"Let {host} set its clock by NTP.")


def _time(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds < _LONG else f"{seconds / 86_400:.0f} days"


def _line(probe: TargetProbe, facts: KeyFacts) -> str:
    return f"{probe.target.address}: {quoted(facts.server_name)}, {', '.join(facts.key_ids) or 'no key'}"
