"""What the rules find, as codes and facts. `_text` makes the sentences from them, so rewording a sentence does not change a finding."""

from collections.abc import Iterable
from typing import Any, Literal

import attrs

from .findings import SEVERITIES, Severity

Facts = tuple[tuple[str, Any], ...]
"""Names and values: the keyword arguments of the function that makes the sentence."""


@attrs.frozen
class Alternative:
    """An alternative repair for a target at which nothing answers, if other targets work.

    Attributes:
        remove: The addresses to remove from the DNS.
        srv_owner: The name whose SRV record should be corrected, if *remove* is empty.
        srv_target: The target of that record, with the port.
    """

    remove: tuple[str, ...] = ()
    srv_owner: str = ""
    srv_target: str = ""


@attrs.frozen
class Diagnosis:
    """What is wrong, without the places.

    Attributes:
        code: The code of the finding.
        variant: Distinguishes the cases of one code; may be empty.
        facts: The values that the sentences contain.
        hides_targets: True if other servers connect to port 8448 because of this, and nothing answers there.
        alternative: An alternative repair, or None.
    """

    code: str
    variant: str = ""
    facts: Facts = ()
    hides_targets: bool = False
    alternative: Alternative | None = None


@attrs.frozen
class Seen:
    """What was seen at one place, as evidence of a fault.

    Attributes:
        kind: The kind of evidence; it selects the function that describes it.
        place: The address, or an empty string.
        facts: The values that the description contains.
    """

    kind: str
    place: str
    facts: Facts


@attrs.frozen
class Fault:
    """A finding without its sentences.

    Attributes:
        diagnosis: What is wrong.
        severity: The severity in this case.
        seen: What was seen.
        only_at: The places with this fault, if other places do not have it.
    """

    diagnosis: Diagnosis
    severity: Severity
    seen: tuple[Seen, ...] = ()
    only_at: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The code of the finding."""
        return self.diagnosis.code


@attrs.frozen
class Remedy:
    """What to serve at the URL of a broken well-known document.

    Attributes:
        url: The URL.
        choice: ``"serve"`` a document, ``"404-or-serve"`` if other servers find the homeserver without a delegation, or ``"serve-or-404"``.
        server_name: The server name.
    """

    url: str
    choice: Literal["serve", "404-or-serve", "serve-or-404"]
    server_name: str


@attrs.frozen
class DefaultPort:
    """Why other servers connect to port 8448, which the operator may not have intended.

    Attributes:
        server_name: The server name.
        delegated: The name without a port in the well-known document, or an empty string.
        absent_url: The URL of the missing well-known document, or an empty string.
        absent_status: The status with which this URL responds.
    """

    server_name: str
    delegated: str = ""
    absent_url: str = ""
    absent_status: int = 0


@attrs.frozen
class Correction:
    """What to correct if other servers connect to the wrong port.

    Attributes:
        kind: What to correct: the port in an SRV record or in the well-known document, a delegation without a port, or a missing delegation.
        name: The name that has the record or the document.
    """

    kind: Literal["srv-port", "well-known-port", "delegation-without-port", "no-delegation"]
    name: str


def diagnose(code: str, variant: str = "", **facts: Any) -> Diagnosis:
    """Return a diagnosis with *facts*."""
    return Diagnosis(code, variant, tuple(facts.items()))


def seen(kind: str, place: str = "", **facts: Any) -> Seen:
    """Return what was seen at *place*."""
    return Seen(kind, place, tuple(facts.items()))


def make_fault(
    diagnosis: Diagnosis,
    evidence: Iterable[Seen] = (),
    *,
    mild: bool = False,
    severe: bool = False,
    only_at: tuple[str, ...] = (),
) -> Fault:
    """Return a fault with the severity of its code, unless *mild* or *severe* changes it.

    Args:
        diagnosis: What is wrong; its code is one of `SEVERITIES`.
        evidence: What was seen.
        mild: True if other servers reach the homeserver anyway: an error becomes a warning.
        severe: True if some servers do not reach the homeserver: a warning becomes an error.
        only_at: As in `Fault`.
    """
    severity = SEVERITIES[diagnosis.code]
    if mild and severity is Severity.ERROR:
        severity = Severity.WARNING
    if severe:
        severity = Severity.ERROR
    return Fault(diagnosis, severity, tuple(evidence), only_at)
