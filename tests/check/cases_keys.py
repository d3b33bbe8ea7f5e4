"""Signing keys that other servers cannot use."""

import time
from typing import Any

from matrix_resolve.testing import LoopbackFederation, Reply, SigningKey

from .broken_deployments import (
    ERROR,
    KEYS,
    NAME,
    OTHER_V4,
    V4,
    VERSION,
    Build,
    Row,
    delegated,
    everybody,
    homeserver,
    html,
    nobody,
    some,
    with_answer,
    with_keys,
)
from .homeservers import OTHER_KEY, Change, key_response

_HOUR = 3600.0


def _set(field: str, value: Any) -> Change:
    def change(response: dict[str, Any]) -> None:
        response[field] = value

    return change


def _remove(field: str) -> Change:
    return lambda response: response.pop(field)


def _valid_for(seconds: float) -> Change:
    return _set("valid_until_ts", int((time.time() + seconds) * 1000))


def _body(body: bytes) -> Build:
    return with_answer(KEYS, Reply(body=body, headers={"Content-Type": "application/json"}))


def _one_more_key(response: dict[str, Any]) -> None:
    response["verify_keys"]["ed25519:b"] = {"key": "AAAA"}


def _at_one_address(response: dict[str, Any]) -> Build:
    """Return a deployment with two addresses, one of which sends another key response."""

    def build(federation: LoopbackFederation) -> None:
        homeserver(federation, addresses=[OTHER_V4])
        homeserver(federation, "other.example", addresses=[V4], names=[NAME]).reply(KEYS, Reply.json(response))
        federation.zone.a(NAME, V4, OTHER_V4)

    return build


def _dated(date: str) -> Build:
    version = Reply.json({"server": {"name": "x", "version": "1"}}, headers={"Date": date})
    return with_answer(VERSION, version)


def _clock_and_keys_behind(federation: LoopbackFederation) -> None:
    _dated("Mon, 01 Jan 2024 00:00:00 GMT")(federation)
    response = key_response(NAME, before=_set("valid_until_ts", 1_704_153_600_000))
    federation.server(NAME).reply(KEYS, Reply.json(response))


def _two_keys(response: dict[str, Any]) -> None:
    response["verify_keys"]["ed25519:b"] = {"key": _OTHER_PUBLIC_KEY}


def _old_key_without_end(response: dict[str, Any]) -> None:
    response["old_verify_keys"] = {"ed25519:o": {"key": _OTHER_PUBLIC_KEY}}


def _long_names(federation: LoopbackFederation) -> None:
    """The long names differ only in their last letter."""
    homeserver(federation, _LONG + "a", _LONG + "b")


def _clock_wrong_here(federation: LoopbackFederation) -> None:
    """Two machines agree on a time that differs from this machine's."""
    delegated(federation).reply(VERSION, Reply.json({"server": {}}, headers={"Date": _LONG_AGO}))
    federation.well_known(NAME, "hs.example:443", headers={"Date": _LONG_AGO})


_OTHER_PUBLIC_KEY = SigningKey(NAME, private_key=OTHER_KEY).public_key
_LONG_AGO = "Mon, 01 Jan 2024 00:00:00 GMT"
_LONG = f"{'x' * 60}.{'x' * 60}.{'x' * 60}.{'x' * 30}.example"
_NO_KEYS = _set("verify_keys", {})
ROWS: dict[str, Row] = {
    "web page": nobody("keys-not-json", with_answer(KEYS, html()), "/_matrix", NAME, cause=KEYS),
    "JSON that is no object": nobody("keys-not-json", _body(b"[]"), "/_matrix", cause=f"{KEYS} object"),
    "no server name": nobody("keys-not-json", with_keys(after=_remove("server_name")), "/_matrix", cause="server_name"),
    "cut at the proxy": nobody("keys-not-json", _body(b'{"server_name": "a.exam'), "/_matrix", cause="JSON"),
    "too large": nobody("keys-not-json", _body(b"{".ljust(140_000)), "/_matrix", cause="131,072"),
    "another server": nobody(
        "keys-other-server",
        with_answer(KEYS, Reply.json(key_response("matrix.a.example"))),
        "Check matrix.a.example,",
        "set server_name to a.example",
        cause='"matrix.a.example" a.example',
    ),
    "the same server in other letters": nobody(
        "keys-other-server",
        with_answer(KEYS, Reply.json(key_response("A.Example"))),
        "Check A.Example",
        cause='case-sensitive "A.Example"',
    ),
    "another server of a long name": nobody(
        "keys-other-server",
        _long_names,
        "server_name",
        name=_LONG + "a",
    ),
    "one signature of two": everybody(
        "keys-partly-signed", with_keys(before=_two_keys), "ed25519:b", "old_verify_keys", cause="ed25519:b"
    ),
    "no old keys": everybody(
        "keys-old-unreadable", with_keys(before=_remove("old_verify_keys")), "old_verify_keys", cause="no Synapse"
    ),
    "old key too short": everybody(
        "keys-old-unreadable",
        with_keys(before=_set("old_verify_keys", {"ed25519:o": {"key": "AAAA", "expired_ts": 1}})),
        "old_verify_keys",
        cause="ed25519:o",
    ),
    "old key without an end": everybody(
        "keys-old-unreadable", with_keys(before=_old_key_without_end), "expired_ts", cause="ed25519:o expired_ts"
    ),
    "expired": nobody("keys-expired", with_keys(before=_valid_for(-_HOUR)), "clock", NAME, cause="valid_until_ts"),
    "no expiry": nobody(
        "keys-expired", with_keys(before=_remove("valid_until_ts")), "milliseconds", cause="valid_until_ts missing"
    ),
    "expiry no number": nobody(
        "keys-expired", with_keys(before=_set("valid_until_ts", "soon")), "milliseconds", cause='number "soon"'
    ),
    "expire soon": everybody(
        "keys-expire-soon", with_keys(before=_valid_for(600)), "clock", NAME, cause="valid_until_ts"
    ),
    "no keys": nobody("keys-missing", with_keys(before=_NO_KEYS, after=_remove("signatures")), "signing key", NAME),
    "RSA only": nobody(
        "keys-missing",
        with_keys(before=_set("verify_keys", {"rsa:a": {"key": "AAAA"}})),
        "signing key",
        cause="Ed25519",
    ),
    "key too short": nobody("keys-unusable", with_keys(before=_one_more_key), "new signing key", cause="ed25519:b"),
    "key no text": nobody(
        "keys-unusable", with_keys(before=_set("verify_keys", {"ed25519:a": {"key": 5}})), "key", cause="ed25519:a"
    ),
    "not signed": nobody("keys-unsigned", with_keys(after=_remove("signatures")), KEYS, cause="ed25519:a"),
    "changed": nobody("keys-forged", with_keys(after=_set("x", 1)), KEYS, cause="ed25519:a"),
    "signed by another key": nobody(
        "keys-forged", with_answer(KEYS, Reply.json(key_response(NAME, signed_by=OTHER_KEY))), KEYS, cause="ed25519:a"
    ),
    "another key at one address": some(
        "targets-differ", _at_one_address(key_response(NAME, key=OTHER_KEY, key_id="b")), V4, OTHER_V4, cause="keys"
    ),
    "the same key ID, another key": some(
        "targets-differ", _at_one_address(key_response(NAME, key=OTHER_KEY)), V4, OTHER_V4
    ),
    "another server at one address": some(
        "keys-other-server", _at_one_address(key_response("b.example")), "server_name", cause=V4, severity=ERROR
    ),
    "clock behind": everybody("clock-wrong", _dated("Mon, 01 Jan 2024 00:00:00 GMT"), "NTP", NAME, cause="behind"),
    "clock behind, and keys expired": nobody(
        "keys-expired", _clock_and_keys_behind, "clock", NAME, cause="valid_until_ts"
    ),
    "clock wrong here": everybody("clock-wrong-here", _clock_wrong_here, "this machine", "NTP", cause="ahead"),
    "clock ahead": everybody("clock-wrong", _dated("Fri, 01 Jan 2094 00:00:00 GMT"), "NTP", NAME, cause="ahead"),
}
"""The ways to break signing keys."""
