"""A little fuzzing of every input from outside in each run of the suite; ``python -m tests.robustness.fuzz`` does more.

Hypothesis looks for the smallest input that breaks a promise, and the fuzzer's own generators for unlikely ones.
Planted bugs show that the fuzzer finds something.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matrix_resolve._well_known.codec import DelegationState, encode
from matrix_resolve.backends.dns import SrvRecord

from .fuzz import Report, lines, main, run
from .fuzz_command_line import Call, harmless
from .fuzz_dns import Address, Alias, Record, Reply
from .fuzz_inputs import TARGETS
from .fuzz_planted import PLANTED, runs_in_a_circle
from .fuzz_records import NOW
from .fuzz_srv_order import Drawing
from .fuzz_target import Target, ViolationError, must

SEED = 19
INPUTS = {"command-lines": 250}
ENOUGH = 2000

ANY_TEXT = st.text(st.characters(), max_size=80)  # surrogates included
LABELS = st.text("abzAZ019-_", max_size=64)
DNS_NAMES = st.lists(LABELS, min_size=1, max_size=6).map(".".join)
ADDRESSES = st.ip_addresses().map(str)
PORTS = st.sampled_from(["", ":1", ":65535", ":0", ":65536", ":08448", ":", ":1:1"])
NAMES = ANY_TEXT | st.builds("{}{}".format, DNS_NAMES | ADDRESSES | ADDRESSES.map("[{}]".format), PORTS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.just("m.server") | ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)
DOCUMENTS: st.SearchStrategy[object] = JSON | st.fixed_dictionaries({"m.server": JSON | NAMES})
RECORD_FIELDS = [field.name for field in attrs.fields(DelegationState)]
GOOD_FIELDS = json.loads(encode(DelegationState("absent", None, stored_at=NOW, fresh_until=NOW + 60)))
CHANGED_FIELDS = st.dictionaries(st.sampled_from(RECORD_FIELDS), JSON).map(lambda changes: {**GOOD_FIELDS, **changes})
FIELDS = st.sampled_from(["Cache-Control", "Expires", "Age", "Date", "Retry-After"])
HEADER_VALUES = st.one_of(
    ANY_TEXT,
    st.from_regex(r'(max-age|no-store|,|=|"|-?[0-9]{1,30}| )*', fullmatch=True),
    st.datetimes().map("{:%a, %d %b %Y %H:%M:%S GMT}".format),
)
OWNERS = st.sampled_from(
    ["k.example", "K.Example.", "\u212a.example", "b.example", "B.example", "c.example", "k.example..", ""]
)
U16 = st.integers(0, 65_535)
SRV = st.builds(SrvRecord, U16, U16, st.integers(-1, 65_536), NAMES | st.just("."))
RECORDS = st.one_of(
    st.builds(Record, OWNERS, st.just(1), st.integers(0, 3), st.integers(-1, 2**32), st.builds(Address, ADDRESSES)),
    st.builds(Record, OWNERS, st.just(5), st.integers(0, 3), st.integers(-1, 2**32), st.builds(Alias, OWNERS)),
    st.builds(Record, OWNERS, st.just(33), st.integers(0, 3), st.integers(-1, 2**32), SRV),
)
OPTIONS = st.sampled_from(["--json", "--fresh", "--allow", "--nameserver", "--", "-x", "192.0.2.0/24", "192.0.2.53"])


def as_json(value: object) -> bytes:
    """Return *value* as JSON, with escapes for everything that is not ASCII."""
    return json.dumps(value).encode()


STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "server-names": NAMES,
    "identifiers": st.builds("{}{}:{}".format, st.sampled_from(["@", "#", "!", "$", ""]), ANY_TEXT, NAMES),
    "well-known-bodies": st.binary(max_size=60) | DOCUMENTS.map(as_json),
    "freshness-headers": st.lists(st.tuples(FIELDS, HEADER_VALUES), max_size=5).map(tuple),
    "redirects": st.tuples(
        st.just("https://example.org/a/b"),
        ANY_TEXT | st.builds("{}//{}{}".format, st.sampled_from(["https:", "", "http:"]), NAMES, ANY_TEXT),
    ),
    "dns-answers": st.builds(
        Reply, st.just("k.example"), st.sampled_from(["A", "AAAA", "SRV"]), st.lists(RECORDS, max_size=8).map(tuple)
    ),
    "srv-records": st.lists(SRV, max_size=6),
    "srv-order": st.builds(
        Drawing,
        st.lists(st.builds(SrvRecord, st.integers(0, 2), U16, U16, st.just("a")), max_size=6).map(tuple),
        st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6).map(tuple),
    ),
    "cache-records": st.binary(max_size=60) | CHANGED_FIELDS.map(as_json),
    "addresses": ADDRESSES | NAMES,
    "printable": st.tuples(ANY_TEXT, st.integers(0, 100)),
    "command-lines": st.lists((NAMES | OPTIONS).map(harmless), max_size=4).map(tuple).map(Call),
}


def test_every_target_is_fuzzed_in_every_way() -> None:
    assert set(TARGETS) == set(STRATEGIES) == set(PLANTED)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_input_breaks_a_promise(name: str, data: st.DataObject) -> None:
    target = TARGETS[name]
    target.check(target.subject, data.draw(STRATEGIES[name]))


@cache
def report_of(name: str) -> Report:
    return run(TARGETS[name], inputs=INPUTS.get(name, ENOUGH), seed=SEED)


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_of_the_fuzzer_breaks_a_promise(name: str) -> None:
    report = report_of(name)
    assert not report.failures, "\n".join(lines(name, report, seed=SEED))


EXPECTED: dict[str, tuple[str, ...]] = {
    "server-names": (
        "dns name",
        "dns name with port",
        "ip literal",
        "ip literal with port",
        "invalid-name",
        "unresolvable-name",
    ),
    "identifiers": ("server name", "no domain", "invalid-name", "unresolvable-name"),
    "well-known-bodies": (
        "accepted",
        "accepted, though ambiguous",
        "is not valid JSON",
        'has no "m.server"',
        'has an invalid "m.server"',
    ),
    "freshness-headers": ("fresh", "stale", "no lifetime", "fresh, wait"),
    "redirects": (
        "followed to another host",
        "followed to the same host",
        "which is not a valid URL",
        "which is not followed because its host is not valid",
    ),
    "dns-answers": ("records, own name", "records, alias", "empty, own name", "empty, alias"),
    "srv-records": ("usable", "unusable", "not provided", "no record"),
    "srv-order": ("0 records", "7 records", "8 or more records"),
    "cache-records": ("delegated", "absent", "invalid", "transient", "miss"),
    "addresses": ("v4 allowed", "v4 refused", "v6 allowed", "v6 refused", "no address"),
    "printable": ("as it was", "escaped", "cut"),
    "command-lines": ("0", "1", "2", "exit 2"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_the_fuzzer_reaches_success_and_refusal(name: str) -> None:
    """If every input were refused early, the fuzzing would prove nothing."""
    assert set(EXPECTED[name]) <= set(report_of(name).outcomes)


@pytest.mark.parametrize(("name", "bug"), [(name, bug) for name, bugs in PLANTED.items() for bug in bugs])
def test_the_fuzzer_finds_a_planted_bug(name: str, bug: Callable[..., Any]) -> None:
    report = run(attrs.evolve(TARGETS[name], subject=bug), inputs=INPUTS.get(name, ENOUGH), seed=SEED)
    assert report.broken > report_of(name).broken


def test_the_fuzzer_notices_what_never_ends() -> None:
    endless = attrs.evolve(TARGETS["dns-answers"], subject=runs_in_a_circle)
    report = run(endless, inputs=100, seed=SEED, patience=0.02)
    assert "no input takes long" in {failure.promise for failure in report.failures}


def _fails_at_seven(subject: int, number: int) -> str:
    must(number != subject, "seven never comes")
    return "fine"


SEVEN = Target(lambda random: int(random.random() * 10), 7, _fails_at_seven)


def test_a_failure_says_how_to_make_it_again() -> None:
    report = run(SEVEN, inputs=100, seed=SEED)
    failure = report.failures[0]
    assert (failure.promise, failure.shown) == ("seven never comes", "7")
    assert report.outcomes["fine"] + report.outcomes["BROKEN: seven never comes"] == report.inputs == 100
    again = run(SEVEN, inputs=1, seed=SEED, first=failure.index)
    assert again.failures == report.failures
    printed = "\n".join(lines("seven", report, seed=SEED))
    assert f"--target seven --seed {SEED} --first {failure.index} --inputs 1" in printed


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, second = (run(TARGETS["redirects"], inputs=200, seed=SEED).outcomes for _ in range(2))
    assert first == second
    assert run(TARGETS["redirects"], inputs=200, seed=SEED + 1).outcomes != first


def test_the_command_ends_with_1_after_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--target", "printable", "--inputs", "50"]) == 0
    assert main(["--target", "seven", "--inputs", "50"], targets={"seven": SEVEN}) == 1
    assert "FAILED: seven never comes" in capsys.readouterr().out


def test_a_promise_holds_without_assertions() -> None:
    with pytest.raises(ViolationError, match=r"^always$"):
        must(holds=False, promise="always")
