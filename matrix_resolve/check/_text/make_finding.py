"""Make findings from faults. The sentences for the cause and the repair are in the files whose names end in ``_texts``."""

from collections.abc import Callable, Mapping

from ..faults import Alternative, Diagnosis, Fault
from ..findings import Finding
from . import (
    api_texts,
    certificate_texts,
    connection_texts,
    key_texts,
    limit_texts,
    name_texts,
    srv_texts,
    well_known_texts,
)
from .phrases import Words
from .seen_texts import line_of

TEXTS: Mapping[str, Callable[..., Words]] = {
    **name_texts.TEXTS,
    **srv_texts.TEXTS,
    **well_known_texts.TEXTS,
    **connection_texts.TEXTS,
    **certificate_texts.TEXTS,
    **api_texts.TEXTS,
    **key_texts.TEXTS,
    **limit_texts.TEXTS,
}
"""The functions that write cause and repair, by code, or by ``code:variant``."""


def make_finding(fault: Fault) -> Finding:
    """Return *fault* as a finding, in words."""
    cause, repair = _words(fault.diagnosis)
    if fault.only_at:
        cause = f"{cause.removesuffix('.')}; this applies only to {', '.join(fault.only_at)}."
    evidence = dict.fromkeys(map(line_of, fault.seen))  # several probes may have seen the same at one place
    return Finding(fault.code, fault.severity, cause, repair, tuple(evidence))


def _words(diagnosis: Diagnosis) -> Words:
    key = f"{diagnosis.code}:{diagnosis.variant}" if diagnosis.variant else diagnosis.code
    cause, repair = TEXTS[key](**dict(diagnosis.facts))
    if diagnosis.hides_targets:
        cause = f"{cause.removesuffix('.')}; other servers therefore connect to port 8448, where nothing answers."
    if diagnosis.alternative is not None:
        repair = f"{repair.removesuffix('.')}{_or_else(diagnosis.alternative)}."
    return cause, repair


def _or_else(alternative: Alternative) -> str:
    if alternative.remove:
        return f", or remove {', '.join(alternative.remove)} from the DNS"
    return f", or correct the SRV record of {alternative.srv_owner} that leads to {alternative.srv_target}"
