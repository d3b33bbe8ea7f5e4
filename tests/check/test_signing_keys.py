"""Reading a key response, and verifying its signatures."""

import json
from bisect import bisect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve._util.canonical_json import canonical_json
from matrix_resolve.check import KeyFacts
from matrix_resolve.check._probes.signing_keys import read_signing_keys
from matrix_resolve.testing import SigningKey

from .homeservers import OTHER_KEY, OWN_KEY, Change, key_response

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def read(response: object) -> KeyFacts:
    return read_signing_keys(json.dumps(response).encode())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"b": 1, "a": 2}, '{"a":2,"b":1}', id="order of keys"),
        pytest.param({"a": {"d": 1, "c": 2}}, '{"a":{"c":2,"d":1}}', id="order within"),
        pytest.param({"b": [2, 1]}, '{"b":[2,1]}', id="lists stay in order"),
        pytest.param({"本": 2, "日": 1}, '{"日":1,"本":2}', id="keys by code point"),
        pytest.param({"é": "ü☃𝄞"}, '{"é":"ü☃𝄞"}', id="letters stay"),
        pytest.param({"a": '\n\x07\\"'}, '{"a":"\\n\\u0007\\\\\\""}', id="control characters"),
        pytest.param({"a": "\x7f"}, '{"a":"\x7f"}', id="DEL stays"),
        pytest.param({"a": 2**53}, '{"a":9007199254740992}', id="a large number"),
        pytest.param({"a": 10**60}, '{"a":1' + "0" * 60 + "}", id="a huge number"),
        pytest.param({"a": None, "b": True}, '{"a":null,"b":true}', id="constants"),
    ],
)
def test_canonical_json(value: object, text: str) -> None:
    assert canonical_json(value) == text.encode()


def test_a_good_response() -> None:
    facts = read(key_response("a.example"))
    assert (facts.server_name, facts.key_ids, facts.fault) == ("a.example", ("ed25519:a",), "")
    assert (facts.unusable, facts.unsigned, facts.forged) == ((), (), ())
    assert facts.public_keys == (f"ed25519:a {OWN_KEY.public_key().public_bytes_raw().hex()}",)


def _add(**fields: Any) -> Change:
    return lambda response: response.update(fields)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_add(motto="Grüße, 日本, 𝄞"), id="letters"),
        pytest.param(_add(ä=1, Ä=2, z=3, 日=4), id="keys"),
        pytest.param(_add(n=10**40), id="a huge number"),
        pytest.param(_add(n=0.5), id="a float"),
        pytest.param(_add(deep={"b": [{"d": 1, "c": None}], "a": {}}), id="nested"),
        pytest.param(
            _add(old_verify_keys={f"ed25519:{n}": {"expired_ts": n, "key": "x"} for n in range(60)}), id="old keys"
        ),
    ],
)
def test_the_signature_holds_whatever_else_there_is(change: Change) -> None:
    facts = read(key_response("a.example", before=change))
    assert (facts.unsigned, facts.forged, facts.fault) == ((), (), "")


def test_what_is_unsigned_may_change() -> None:
    assert read(key_response("a.example", after=_add(unsigned={"age": 5}))).forged == ()


def test_signed_by_another_key() -> None:
    assert read(key_response("a.example", signed_by=OTHER_KEY)).forged == ("ed25519:a",)


def test_signed_in_the_name_of_another_server() -> None:
    response = key_response("a.example")
    response["signatures"] = {"b.example": response["signatures"]["a.example"]}
    assert read(response).unsigned == ("ed25519:a",)


def test_one_of_two_keys_has_signed() -> None:
    response = key_response("a.example", before=lambda made: made["verify_keys"].update(_key("b")))
    assert (read(response).unsigned, read(response).forged) == (("ed25519:b",), ())


def test_no_key() -> None:
    facts = read(key_response("a.example", before=_add(verify_keys={})))
    assert (facts.key_ids, facts.unusable, facts.unsigned, facts.forged) == ((), (), (), ())


def test_sixty_keys() -> None:
    signers = [SigningKey("a.example", version=f"{number:02}", private_key=OTHER_KEY) for number in range(60)]
    keys = {signer.key_id: {"key": signer.public_key} for signer in signers}
    response = key_response("a.example", before=_add(verify_keys=keys))
    for signer in signers:
        response = signer.sign(response)
    facts = read(response)
    assert len(facts.key_ids) == 50
    assert (facts.unusable, facts.unsigned, facts.forged) == ((), (), ())


def _key(name: str) -> dict[str, Any]:
    key = SigningKey("a.example", version=name, private_key=OTHER_KEY)
    return {key.key_id: {"key": key.public_key}}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0),
        (-5, 0.0),
        (1500, 1.5),
        (1500.5, 1.5005),
        (10**400, 2**53 / 1000),
        (True, None),
        ("1", None),
        (None, None),
    ],
)
def test_valid_until(value: object, seconds: float | None) -> None:
    assert read(key_response("a.example", before=_add(valid_until_ts=value))).valid_until == seconds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"{}",
        b'{"server_name": 1}',
        b"[" * 100_000,
        b"NaN",
    ],
)
def test_no_key_response(body: bytes) -> None:
    assert read_signing_keys(body).fault


def test_everything_is_escaped() -> None:
    hostile = "\x1b[31m\u202ea\n"
    response = key_response(hostile, before=_add(verify_keys={f"ed25519:{hostile}": {"key": hostile}}))
    facts = read(response)
    assert all(text.isprintable() for text in (facts.server_name, *facts.key_ids, *facts.unusable))


@given(st.binary())
def test_any_bytes(body: bytes) -> None:
    assert isinstance(read_signing_keys(body), KeyFacts)


@given(JSON, JSON, JSON, JSON)
def test_any_values(keys: object, signatures: object, until: object, more: object) -> None:
    response = {"server_name": "a", "verify_keys": keys, "signatures": signatures, "valid_until_ts": until, "x": more}
    assert read(response).server_name == "a"


@given(JSON, JSON)
def test_any_key_and_signature(key: object, signed: object) -> None:
    response = {
        "server_name": "a",
        "verify_keys": {"ed25519:a": {"key": key}, "ed25519:b": _key("b")["ed25519:b"]},
        "signatures": {"a": {"ed25519:a": signed, "ed25519:b": signed}},
    }
    assert read(response).key_ids == ("ed25519:a", "ed25519:b")


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_any_depth(begin: str, end: str) -> None:
    """Depths around the largest one that can be parsed. Serialising needs more stack than parsing."""

    def body(depth: int) -> bytes:
        return f'{{"server_name": "a", "x": {begin * depth}1{end * depth}}}'.encode()

    deepest = bisect(range(100_000), 0, key=lambda depth: read_signing_keys(body(depth)).fault != "")
    for depth in range(max(0, deepest - 30), deepest + 30):
        assert isinstance(read_signing_keys(body(depth)), KeyFacts)
