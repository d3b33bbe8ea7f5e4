"""Findings about signing keys and clocks, in words."""

from collections.abc import Callable, Mapping, Sequence

from ..._util.escaping import quoted
from .phrases import Words, sentence

_PATH = "/_matrix/key/v2/server"
_LONG = 2 * 86_400.0


def _not_json(*, server_name: str, fault: str) -> Words:
    repair = f"Make the homeserver of {server_name} answer {_PATH}: forward all of /_matrix to it."
    return f"{_PATH} does not return a valid key response: {fault}.", repair


def _other_spelling(*, server_name: str, found: str) -> Words:
    cause = f"The homeserver that answers is {quoted(found)}, not {server_name}: server names are case-sensitive."
    return cause, f"Check {found} instead."


def _other_server(*, server_name: str, found: str, is_valid: bool) -> Words:
    cause = f"The homeserver that answers is {quoted(found)}, not {server_name}."
    repair = (
        f"point {server_name} to the right homeserver, or set server_name to {server_name} in the configuration of the homeserver that answers "
        "(only before it has users)"
    )
    if not is_valid:
        return cause, sentence(repair)
    return cause, f"Check {found}, the name of that homeserver; or, if it should serve {server_name}, {repair}."


def _correct_clock(server_name: str) -> str:
    return f"Correct the clock of the homeserver of {server_name}, and restart the homeserver so that it signs its keys again; if it is the clock of this machine that is wrong, correct that one instead."


def _expired(*, server_name: str) -> Words:
    cause = f"The signing keys of {server_name} have expired (valid_until_ts), so other servers reject everything that is signed with them."
    return cause, _correct_clock(server_name)


def _no_expiry(*, server_name: str, fault: str) -> Words:
    cause = f"In {_PATH}, {fault}, so other servers treat the signing keys as expired."
    repair = (
        f"Make the homeserver of {server_name} itself answer {_PATH}, with valid_until_ts in milliseconds since 1970."
    )
    return cause, repair


def _expire_soon(*, server_name: str) -> Words:
    cause = f"The signing keys of {server_name} expire within the hour (valid_until_ts); homeservers normally publish keys that are valid for a day or more."
    return cause, _correct_clock(server_name)


def _missing(*, server_name: str) -> Words:
    return f"{_PATH} contains no Ed25519 key.", f"Create a signing key for the homeserver of {server_name}."


def _old_unreadable(*, fault: str) -> Words:
    cause = f"In {_PATH}, {fault}, and some servers, such as Synapse, accept no keys from such a response."
    return (
        cause,
        'Make the homeserver send old_verify_keys as an object that is empty, or has "key" and "expired_ts" for each old key.',
    )


def _unusable(*, server_name: str, key_ids: Sequence[str]) -> Words:
    are_no = "is not a valid Ed25519 key" if len(key_ids) == 1 else "are not valid Ed25519 keys"
    return (
        f"In {_PATH}, {', '.join(key_ids)} {are_no}.",
        f"Create a new signing key for the homeserver of {server_name}.",
    )


def _partly_signed(*, key_ids: Sequence[str]) -> Words:
    missing = ", ".join(key_ids)
    cause = f"The response to {_PATH} lists {missing}, but is signed only with other keys."
    return cause, f"Sign the response with {missing} as well, or move keys that are no longer used to old_verify_keys."


def _unsigned(*, key_ids: Sequence[str]) -> Words:
    cause = f"The response to {_PATH} is not signed with the keys that it lists ({', '.join(key_ids)})."
    return (
        cause,
        f"Make the homeserver itself answer {_PATH}: nothing between it and other servers may change the response.",
    )


def _forged(*, key_ids: Sequence[str]) -> Words:
    cause = (
        f"The signature with {', '.join(key_ids)} is wrong: something changes the response, or the key was replaced."
    )
    return cause, f"Make the proxy pass on the body of {_PATH} unchanged, and restart the homeserver."


def _targets_differ(*, places: Sequence[str]) -> Words:
    cause = "The targets have different signing keys: they are different homeservers, or copies of one that do not share a signing key."
    return cause, f"Make {', '.join(places)} lead to one homeserver with one signing key."


def _clock_wrong_here(*, ahead: float) -> Words:
    cause = f"The clock of this machine is {difference(ahead)}, according to the clocks of all hosts that were checked."
    return cause, "Set the clock of this machine by NTP, and check again."


def _clock_wrong(*, host: str, ahead: float) -> Words:
    of = " of" if ahead > 0 else ""
    cause = f"The clock of {host} is {difference(ahead)}{of} the clock of this machine; if the clock of {host} is wrong, its events and keys have wrong times."
    return (
        cause,
        f"Find out which of the two clocks is wrong, that of {host} or that of this machine, and set it by NTP.",
    )


def difference(ahead: float) -> str:
    """Return how far a clock is ahead or behind, in words."""
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
