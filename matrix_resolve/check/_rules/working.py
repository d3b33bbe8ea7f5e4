"""Which targets work: everything that another server needs is right there."""

from typing import Any

from ..._util.ports import HTTPS_PORT
from ...discovery.steps import DEPRECATED_SERVICE, FEDERATION_SERVICE
from ...server_name import ServerName
from ..evidence import Evidence, KeyFacts, TargetProbe
from ..exchanges import HttpExchange
from .clocks import right_time
from .derived import once
from .unreachable import is_network_trouble

_REFUSALS = range(400, 500)
_DENIALS = {401, 403}


def has_working_target(evidence: Evidence) -> bool:
    """Return whether at least one target works."""
    return any(is_working(probe, evidence) for probe in evidence.targets)


def is_working(probe: TargetProbe, evidence: Evidence) -> bool:
    """Return whether a target works: certificate, version and signing keys are right."""
    if probe.trouble is not None or probe.key_facts is None:
        return False
    return is_federation(probe) and _are_right(probe.key_facts, evidence)


def is_federation(probe: TargetProbe) -> bool:
    """Say whether the version came from a homeserver, or, where it is hidden, a homeserver wants requests to be signed."""
    return is_json(probe.version) or is_version_hidden(probe)


def is_version_hidden(probe: TargetProbe) -> bool:
    """Say whether federation is served but for the version, which tells nobody anything but what software there is.

    Where a homeserver does not serve federation it says M_UNRECOGNIZED, or, where that is switched off, it says so itself.
    """
    if probe.version is None or probe.version.status not in _REFUSALS:
        return False
    if probe.version.status in _DENIALS and "errcode" in (json_object(probe.version) or {}):
        return False
    errcode = (json_object(probe.federation) or {}).get("errcode", "M_UNRECOGNIZED")
    return probe.federation is not None and probe.federation.status in _REFUSALS and errcode != "M_UNRECOGNIZED"


def is_signed(facts: KeyFacts) -> bool:
    """Say whether a key response counts: each key can be read, no signature is wrong, and one is there at least."""
    return not (facts.unusable or facts.forged) and len(facts.unsigned) < len(facts.public_keys)


def _are_right(facts: KeyFacts, evidence: Evidence) -> bool:
    is_valid = facts.valid_until is not None and facts.valid_until > right_time(evidence)
    return not facts.fault and facts.server_name == evidence.server_name and is_valid and is_signed(facts)


def is_fallback_only(probe: TargetProbe, evidence: Evidence) -> bool:
    """Return whether other servers work around what is wrong at a target.

    Servers go on to the next target if nobody answers, but few do so after a failed handshake or a wrong response. So a target that
    answers wrongly is a mere fallback only if it comes after all targets that work.
    """
    working = once(evidence, "priorities that work", _working_priorities)
    if not working:
        return False
    return is_network_trouble(probe.trouble) or probe.target.priority > min(working)


def _working_priorities(evidence: Evidence) -> list[int]:
    return [each.target.priority for each in evidence.targets if is_working(each, evidence)]


def is_json(exchange: HttpExchange | None) -> bool:
    """Say whether the answer is one that a homeserver gives: a JSON object, with status 200."""
    return exchange is not None and exchange.is_json


def json_object(exchange: HttpExchange | None) -> dict[str, Any] | None:
    """Return the JSON object in a body, or None."""
    return None if exchange is None else exchange.json_object


def effective_name(evidence: Evidence) -> ServerName | None:
    """Give the name whose rules applied in the end: the delegated one, if there is one."""
    if evidence.resolution is not None:
        return evidence.resolution.delegated or evidence.resolution.server_name
    delegated = (probe.delegated for probe in evidence.well_knowns if probe.delegated is not None)
    return next(delegated, evidence.server_name)


def srv_targets(evidence: Evidence) -> list[str]:
    """Give the hosts that the SRV records in use name; none if none are in use."""
    followed = effective_name(evidence)
    if followed is None or followed.dns_name is None or followed.port is not None:
        return []
    for service in (FEDERATION_SERVICE, DEPRECATED_SERVICE):
        reply = evidence.reply(f"{service}.{followed.dns_name}", "SRV")
        if reply is not None and reply.srv.found:
            return list(dict.fromkeys(record.target for record in reply.srv.records))
    return []


def document_for(host: str, port: int = HTTPS_PORT) -> str:
    """Give the well-known document that delegates to *host*."""
    return f'{{"m.server": "{host}:{port}"}}'
