"""Findings about signing keys and clocks, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..._util.escaping import quoted
from .phrases import Words, sentence

_PATH = "/_matrix/key/v2/server"
_LONG = 2 * 86_400.0


def _not_json(*, server_name: str, fault: str) -> Words:
    repair = f"Let the homeserver of {server_name} answer {_PATH}: forward all of /_matrix."
    return f"{_PATH} is no key response: {fault}.", repair


def _other_spelling(*, server_name: str, found: str) -> Words:
    cause = f"Server names are case-sensitive, and the homeserver there is {quoted(found)}, not {server_name}."
    return cause, f"Check {found}."


def _other_server(*, server_name: str, found: str, is_valid: bool) -> Words:
    cause = f"The homeserver there says it is {quoted(found)}, not {server_name}."
    repair = (
        f"lead {server_name} to the right homeserver, or set server_name to {server_name} in the configuration of this one "
        "(before it has users)"
    )
    if not is_valid:
        return cause, sentence(repair)
    return cause, f"Check {found}, which that homeserver serves; or, if it is to serve {server_name}, {repair}."


def _correct_clock(server_name: str) -> str:
    return f"Correct the clock of the homeserver of {server_name}, or that of this machine if it is wrong, and restart the homeserver so that it signs its keys anew."


def _expired(*, server_name: str) -> Words:
    cause = "The signing keys have expired (valid_until_ts), so other servers refuse everything signed with them."
    return cause, _correct_clock(server_name)


def _no_expiry(*, server_name: str, fault: str) -> Words:
    cause = f"In {_PATH} {fault}, so other servers take the signing keys for expired."
    repair = (
        f"Let the homeserver of {server_name} itself answer {_PATH}, with valid_until_ts in milliseconds since 1970."
    )
    return cause, repair


def _expire_soon(*, server_name: str) -> Words:
    cause = "The signing keys expire within the hour (valid_until_ts), while others are valid for a day or more."
    return cause, _correct_clock(server_name)


def _missing(*, server_name: str) -> Words:
    cause = f"There is no Ed25519 key among the signing keys in {_PATH}."
    return cause, f"Give the homeserver of {server_name} a signing key."


def _old_unreadable(*, fault: str) -> Words:
    cause = f"In {_PATH} {fault}, without which some servers, such as Synapse, take no keys from there."
    return cause, "Let the homeserver give old_verify_keys: an empty object, or each old key with key and expired_ts."


def _unusable(*, server_name: str, key_ids: Sequence[str]) -> Words:
    cause = f"The signing key {', '.join(key_ids)} is no Ed25519 key."
    return cause, f"Give the homeserver of {server_name} a new signing key."


def _partly_signed(*, key_ids: Sequence[str]) -> Words:
    missing = ", ".join(key_ids)
    cause = f"The key response is signed, but not with {missing}, which it names."
    return cause, f"Sign the response with {missing}, too, or move what is no longer used to old_verify_keys."


def _unsigned(*, key_ids: Sequence[str]) -> Words:
    cause = f"The key response is not signed with {', '.join(key_ids)}, which it names."
    return cause, f"Let the homeserver itself answer {_PATH}: nothing in between may change the response."


def _forged(*, key_ids: Sequence[str]) -> Words:
    cause = f"The signature of {', '.join(key_ids)} is wrong: something changes the response, or the key was exchanged."
    return cause, f"Let the proxy pass the body of {_PATH} on as it is, and restart the homeserver."


def _targets_differ(*, places: Sequence[str]) -> Words:
    cause = "The targets have different signing keys: they are different homeservers, or different copies of one."
    return cause, f"Let {', '.join(places)} lead to one homeserver, with one signing key."


def _clock_wrong_here(*, ahead: float) -> Words:
    cause = f"The clock of this machine is {difference(ahead)}, by the clocks of all hosts that it asked."
    return cause, "Let this machine set its clock by NTP, and check once more."


def _clock_wrong(*, host: str, ahead: float) -> Words:
    than = " of" if ahead > 0 else ""
    cause = f"The clock of {host} is {difference(ahead)}{than} that of this machine, and one of them is wrong: events and keys get wrong times."
    return cause, f"Let {host} set its clock by NTP, or this machine, whichever is wrong."


def difference(ahead: float) -> str:
    """Return by how much a clock is ahead, or behind."""
    seconds = abs(ahead)
    amount = f"{seconds / 60:.0f} minutes" if seconds < _LONG else f"{seconds / 86_400:.0f} days"
    return f"{amount} {'ahead' if ahead > 0 else 'behind'}"


TEXTS: Mapping[str, Callable[..., Words]] = {
    "keys-not-json": _not_json,
    "keys-other-server": _other_server,
    "keys-other-server:spelling": _other_spelling,
    "keys-expired": _expired,
    "keys-expired:unknown": _no_expiry,
    "keys-expire-soon": _expire_soon,
    "keys-missing": _missing,
    "keys-old-unreadable": _old_unreadable,
    "keys-unusable": _unusable,
    "keys-partly-signed": _partly_signed,
    "keys-unsigned": _unsigned,
    "keys-forged": _forged,
    "targets-differ": _targets_differ,
    "clock-wrong-here": _clock_wrong_here,
    "clock-wrong": _clock_wrong,
}
