"""Decide which targets work: certificate, version and signing keys are all valid."""

from typing import Any

from ...server_name import ServerName
from ..evidence import KeyFacts, TargetProbe
from ..exchanges import HttpExchange

_REFUSALS = range(400, 500)
_DENIALS = {401, 403}


def is_working(probe: TargetProbe, server_name: ServerName | None, now: float) -> bool:
    """Return whether a target works: its certificate, version and signing keys are valid.

    Args:
        probe: The target.
        server_name: The server whose keys it must publish.
        now: The time at which the keys must be valid.
    """
    if probe.trouble is not None or probe.key_facts is None:
        return False
    return is_federation(probe) and _are_right(probe.key_facts, server_name, now)


def is_federation(probe: TargetProbe) -> bool:
    """Return whether a homeserver answered with its version, or, if that is hidden, requires signed requests."""
    return is_json(probe.version) or is_version_hidden(probe)


def is_version_hidden(probe: TargetProbe) -> bool:
    """Return whether the homeserver serves federation except for its version, which other servers do not need.

    A homeserver that does not serve federation answers with M_UNRECOGNIZED, or with an error that says that it is switched off.
    """
    if probe.version is None or probe.version.status not in _REFUSALS:
        return False
    if probe.version.status in _DENIALS and "errcode" in (json_object(probe.version) or {}):
        return False
    errcode = (json_object(probe.federation) or {}).get("errcode", "M_UNRECOGNIZED")
    return probe.federation is not None and probe.federation.status in _REFUSALS and errcode != "M_UNRECOGNIZED"


def is_signed(facts: KeyFacts) -> bool:
    """Return whether a key response is valid: each key can be read, no signature is wrong, and there is at least one signature."""
    return not (facts.unusable or facts.forged) and len(facts.unsigned) < len(facts.public_keys)


def _are_right(facts: KeyFacts, server_name: ServerName | None, now: float) -> bool:
    is_valid = facts.valid_until is not None and facts.valid_until > now
    return not facts.fault and facts.server_name == server_name and is_valid and is_signed(facts)


def is_json(exchange: HttpExchange | None) -> bool:
    """Return whether the response is a JSON object with status 200."""
    return exchange is not None and exchange.is_json


def json_object(exchange: HttpExchange | None) -> dict[str, Any] | None:
    """Return the JSON object in a body, or None."""
    return None if exchange is None else exchange.json_object
