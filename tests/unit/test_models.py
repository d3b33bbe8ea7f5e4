"""The results of a resolution, as text for people and as JSON for programs."""

import copy
import json
import pickle

import attrs
import pytest

from matrix_resolve.applied_overrides import AppliedOverride
from matrix_resolve.discovery.steps import ON_DELEGATED, ON_SERVER_NAME, SKIPPED_LOOKUPS
from matrix_resolve.models import ConnectionTarget, Resolution, Step
from matrix_resolve.reasons import Reason, ResolutionWarning
from matrix_resolve.server_name import ServerName
from matrix_resolve.trace import TraceError, TraceRecord

V6 = ConnectionTarget("2001:db8::1", 443, "HS.example.net:443", "hs.example.net", 10, "t1.example.com")
V4 = ConnectionTarget("192.0.2.1", 8448, "192.0.2.1", "192.0.2.1")
CNAME = Reason.of("srv-target-followed", host="t1.example.com")
FULL = Resolution(
    server_name=ServerName("Example.org"),
    step=Step.DELEGATED_SRV,
    delegated=ServerName("HS.example.net"),
    targets=(V6, V4),
    expires_at=1_800_000_000.5,
    stale=True,
    degraded=True,
    warnings=(ResolutionWarning("srv-target-is-cname", "t1.example.com", CNAME),),
    trace=(
        TraceRecord("http", "https://example.org/", "200, 29 bytes", seconds=0.0123),
        TraceRecord("dns", "t1.example.com A", error=TraceError("DNSError", "dns-temporary", "SERVFAIL"), seconds=3.0),
        TraceRecord("well-known", "example.org", "hs.example.net", cached=True),
    ),
    overrides=(AppliedOverride("host_overrides", "t1.example.com", "192.0.2.1"),),
)
PLAIN = Resolution(ServerName("192.0.2.1"), Step.IP_LITERAL, None, (V4,), 5.0)

AS_DICT: dict[str, object] = {
    "server_name": "Example.org",
    "step": "3.3",
    "delegated": "HS.example.net",
    "targets": [
        {
            "ip": "2001:db8::1",
            "port": 443,
            "host_header": "HS.example.net:443",
            "tls_server_name": "hs.example.net",
            "priority": 10,
            "dns_name": "t1.example.com",
        },
        {
            "ip": "192.0.2.1",
            "port": 8448,
            "host_header": "192.0.2.1",
            "tls_server_name": "192.0.2.1",
            "priority": 0,
            "dns_name": None,
        },
    ],
    "expires_at": 1_800_000_000.5,
    "stale": True,
    "degraded": True,
    "warnings": [{"code": "srv-target-is-cname", "message": str(CNAME)}],
    "trace": [
        {
            "kind": "http",
            "question": "https://example.org/",
            "answer": "200, 29 bytes",
            "error": None,
            "seconds": 0.0123,
            "cached": False,
        },
        {
            "kind": "dns",
            "question": "t1.example.com A",
            "answer": None,
            "error": {"kind": "DNSError", "code": "dns-temporary", "sentence": "SERVFAIL"},
            "seconds": 3.0,
            "cached": False,
        },
        {
            "kind": "well-known",
            "question": "example.org",
            "answer": "hs.example.net",
            "error": None,
            "seconds": 0.0,
            "cached": True,
        },
    ],
    "overrides": [{"argument": "host_overrides", "name": "t1.example.com", "value": "192.0.2.1"}],
}


def test_to_dict_has_stable_keys_and_plain_values() -> None:
    assert FULL.to_dict() == AS_DICT


@pytest.mark.parametrize("resolution", [FULL, PLAIN], ids=["full", "plain"])
def test_to_dict_is_json(resolution: Resolution) -> None:
    fields = resolution.to_dict()
    assert json.loads(json.dumps(fields, allow_nan=False)) == fields
    assert type(fields["server_name"]) is str
    assert type(fields["step"]) is str
    assert list(fields) == [field.name for field in attrs.fields(Resolution)]


TEXTS: dict[str, object] = {
    "[2001:db8::1]:443 (Host: HS.example.net:443, TLS name: hs.example.net)": V6,
    "192.0.2.1:8448 (Host: 192.0.2.1, TLS name: 192.0.2.1)": V4,
    f"Example.org: step 3.3, delegated to HS.example.net: {V6}; {V4}": FULL,
    f"192.0.2.1: step 1: {V4}": PLAIN,
    "https://example.org/: 200, 29 bytes (12 ms)": FULL.trace[0],
    "t1.example.com A: failed: SERVFAIL (3000 ms)": FULL.trace[1],
    "example.org: hs.example.net (cached)": FULL.trace[2],
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_for_people(text: str) -> None:
    assert str(TEXTS[text]) == text


def test_endpoint() -> None:
    assert (V6.endpoint, V4.endpoint) == ("[2001:db8::1]:443", "192.0.2.1:8448")


def test_a_step_is_its_number() -> None:
    assert [str(step) for step in Step] == ["1", "2", "3.1", "3.2", "3.3", "3.4", "3.5", "4", "5", "6", "override"]
    assert Step("3.4") is Step.DELEGATED_DEPRECATED_SRV
    assert f"step {Step.SRV}" == "step 4"
    assert json.dumps(Step.SRV) == '"4"'


def test_the_five_rules_name_every_step_once() -> None:
    numbered = [*attrs.astuple(ON_SERVER_NAME), *attrs.astuple(ON_DELEGATED)]
    assert sorted(numbered) == sorted(set(Step) - {Step.OVERRIDE})
    assert set(SKIPPED_LOOKUPS) <= set(Step)


def test_copies_are_equal() -> None:
    for value in (FULL, PLAIN):
        for again in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):  # noqa: S301 - trusted bytes
            assert again == value
            assert hash(again) == hash(value)


@pytest.mark.parametrize("value", [FULL, V4, FULL.warnings[0], FULL.trace[0]], ids=lambda value: type(value).__name__)
def test_values_are_frozen(value: object) -> None:
    name = attrs.fields(type(value))[0].name  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, "changed")
