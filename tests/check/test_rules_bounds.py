"""If something was left out, the verdict is neither "everybody" nor "nobody", and no finding is about what was not seen."""

import attrs
import pytest

from matrix_resolve.check import LeftOut, Verdict
from matrix_resolve.check.bounds import Bounds, ConnectionBudget, ConnectionsUsedUp

from .broken_deployments import OTHER_V4, V4, V6
from .sample_evidence import codes, dead, evaluate, evidence, facts, probe, verdict

LATE = LeftOut("target", f"{OTHER_V4}:8448", "time")
BEYOND = LeftOut("well-known", OTHER_V4, "addresses")


@pytest.mark.parametrize(("left_out", "code"), [(LATE, "check-cut-short"), (BEYOND, "check-limit-reached")])
def test_the_verdict_where_something_was_left_out(left_out: LeftOut, code: str) -> None:
    good = evidence(probe(V4), left_out=(left_out,))
    assert (verdict(good), codes(good)) == (Verdict.UNKNOWN, [code])
    broken = evidence(probe(V4), probe("192.0.2.2", key_facts=facts(forged=("ed25519:a",))), left_out=(left_out,))
    assert verdict(broken) is Verdict.SOME
    assert verdict(evidence(dead(V4), left_out=(left_out,))) is Verdict.UNKNOWN


def test_more_targets_than_are_tried() -> None:
    seen = evidence(probe(V4), probe(OTHER_V4))
    cut = attrs.evolve(seen, targets=seen.targets[:1], untried=1)
    ((finding,), for_whom) = (evaluate(cut)[1], verdict(cut))
    assert (for_whom, finding.code) == (Verdict.UNKNOWN, "targets-untried")
    assert tuple(map(str, finding.evidence)) == (f"not checked (targets): {OTHER_V4}:8448",)


def test_a_family_is_not_dead_where_an_address_was_left_out() -> None:
    assert "ipv4-dead" in codes(evidence(dead(V4), probe(V6)))
    assert "ipv4-dead" not in codes(evidence(dead(V4), probe(V6), left_out=(LATE,)))


def test_both_kinds_of_bounds_have_a_finding_each() -> None:
    seen = evidence(probe(V4), left_out=(LATE, BEYOND, attrs.evolve(LATE, what="dns", place="\x1b[31m A")))
    findings = evaluate(seen)[1]
    assert [finding.code for finding in findings] == ["check-cut-short", "check-limit-reached"]
    assert tuple(map(str, findings[0].evidence)) == (
        f"not checked (targets): {OTHER_V4}:8448",
        "not checked (DNS records): \\x1b[31m A",
    )


def test_a_budget_within_another_one() -> None:
    whole = ConnectionBudget(5)
    part = ConnectionBudget(3, whole)
    part.take(3)
    assert (whole.left, part.left) == (2, 0)
    with pytest.raises(ConnectionsUsedUp):
        part.take()
    part.give_back(1)
    whole.take(3)
    assert (whole.left, part.left) == (0, 0)
    with pytest.raises(ConnectionsUsedUp):
        part.take()


def test_the_first_limit_counts() -> None:
    bounds = Bounds.of(request_timeout=1, max_connections=100, at_once=None)
    bounds.leave_out("target", "x", "connections")
    bounds.leave_out("target", "x", "time")
    assert list(bounds.left_out.values()) == [LeftOut("target", "x", "connections")]
