"""No rule parses a sentence. `hold` in broken_deployments.py asserts the same for each provoked fault."""

import inspect
from types import ModuleType

import attrs
import pytest

from matrix_resolve import LookupFailed, ResolutionWarning
from matrix_resolve.check import ConnectionProblem, DnsReply, KeyFacts, WellKnownProbe, evidence, exchanges
from matrix_resolve.discovery import SrvAnswer
from matrix_resolve.reasons import Reason

from .sample_evidence import NAME, NOW, REFUSED, dead
from .sample_evidence import evidence as make_evidence
from .without_sentences import SENTENCES, strings, without_sentences

FACTS = [
    "canonical_name",
    "code",
    "during",
    "errno",
    "federation",
    "forged",
    "header",
    "headers",
    "host_header",
    "ip",
    "issuer",
    "key_ids",
    "limit",
    "name",
    "names",
    "outcome",
    "place",
    "public_keys",
    "reason",
    "record_type",
    "records",
    "refused",
    "server_name",
    "sha256",
    "status",
    "subject",
    "tls_version",
    "unsigned",
    "unusable",
    "url",
    "what",
]
"""The attributes of the evidence that contain text, but no sentences."""


@pytest.mark.parametrize("module", [evidence, exchanges])
def test_each_text_in_the_evidence_is_a_fact_or_a_sentence(module: ModuleType) -> None:
    classes = [each for _, each in inspect.getmembers(module, attrs.has) if each.__module__ == module.__name__]
    texts = {(each, field.name) for each in classes for field in attrs.fields(each) if "str" in str(field.type)}
    sentences = {(each, name) for each, names in SENTENCES.items() for name in names}
    assert [(each.__name__, name) for each, name in texts - sentences if name not in FACTS] == []


def test_every_sentence_is_replaced() -> None:
    reason = Reason.of("zone-refused", host="a.example", zone="onion")
    sentence = str(reason)
    warning = ResolutionWarning("well-known-failed", "a.example", reason)
    probes = (WellKnownProbe("192.0.2.1", "invalid", detail=sentence),)
    seen = make_evidence(dead(trouble=attrs.evolve(REFUSED, message=sentence)), well_knowns=probes)
    assert seen.resolution is not None
    resolution = attrs.evolve(seen.resolution, warnings=(warning,))
    seen = attrs.evolve(
        seen,
        resolution=resolution,
        error=LookupFailed(reason, code="dns-temporary"),
        dns=(DnsReply("a.example", "SRV", srv=SrvAnswer(found=True, skipped=(reason,)), failure=sentence),),
    )
    assert list(strings(seen)).count(sentence) == 6
    assert sentence not in strings(without_sentences(seen))


def test_what_is_no_sentence_stays() -> None:
    seen = make_evidence(dead())
    without = without_sentences(seen)
    assert (without.server_name, without.checked_at) == (NAME, NOW)
    assert without.targets[0].target == seen.targets[0].target
    assert without.targets[0].trouble == ConnectionProblem("refused", "message-code", "tcp", errno=111)
    assert without_sentences(attrs.evolve(seen, targets=())).targets == ()
    assert KeyFacts() == attrs.evolve(KeyFacts(), fault="")
