"""The signing keys of the loopback federation: servers publish them, and their signatures can be verified."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from matrix_resolve.check import Verdict, check_server
from matrix_resolve.check._probes.signing_keys import read_signing_keys
from matrix_resolve.testing import LoopbackFederation, Reply, SigningKey

from .helpers_loopback import get

KEYS_PATH = "/_matrix/key/v2/server"


def from_base64(text: str) -> bytes:
    assert not text.endswith("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def verify(key: SigningKey, signature: str, signed: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(from_base64(key.public_key)).verify(from_base64(signature), signed)


async def test_a_server_with_keys_passes_a_check() -> None:
    """Without keys the check fails. With keys it passes, also with two addresses and a delegation."""
    async with LoopbackFederation() as federation:
        federation.well_known("a.example", "hs.example:443")
        server = federation.server("hs.example", port=443)
        assert (await check_server(federation.resolver(), "a.example")).verdict is Verdict.NOBODY
        server.publish_keys("a.example")
        report = await check_server(federation.resolver(), "a.example")
    assert (report.verdict, report.findings) == (Verdict.EVERYBODY, ())


async def test_the_key_response() -> None:
    async with LoopbackFederation() as federation:
        key = federation.server("a.example").publish_keys("a.example")
        response = await get(federation, KEYS_PATH)
    facts = read_signing_keys(response.body)
    assert (facts.server_name, facts.key_ids, facts.fault) == ("a.example", (key.key_id,), "")
    assert (facts.unusable, facts.unsigned, facts.forged) == ((), (), ())
    assert json.loads(response.body)["verify_keys"] == {key.key_id: {"key": key.public_key}}


def test_each_name_has_one_key() -> None:
    """It is the same key on every server, and before any server publishes it."""
    with LoopbackFederation() as federation:
        key = federation.signing_key("a.example")
        servers = [federation.server("a.example"), federation.server("b.example", port=443)]
        assert [server.publish_keys("a.example") for server in servers] == [key, key]
        assert federation.signing_key("b.example").public_key != key.public_key
    with LoopbackFederation() as federation:
        assert federation.signing_key("a.example").public_key != key.public_key


def test_what_is_signed() -> None:
    """The signature covers the canonical JSON without `signatures` and `unsigned`.

    Both fields and other signatures stay in the object.
    """
    key, other = SigningKey("a.example"), SigningKey("b.example", version="1")
    event = {"b": "é", "a": [1], "unsigned": {"age": 5}}
    signed = key.sign(other.sign(event))
    assert {name: value for name, value in signed.items() if name != "signatures"} == event
    assert set(signed["signatures"]) == {"a.example", "b.example"}
    assert set(signed["signatures"]["b.example"]) == {"ed25519:1"}
    content = '{"a":[1],"b":"é"}'.encode()
    verify(key, signed["signatures"]["a.example"]["ed25519:a"], content)
    verify(other, signed["signatures"]["b.example"]["ed25519:1"], content)
    with pytest.raises(InvalidSignature):
        verify(other, signed["signatures"]["a.example"]["ed25519:a"], content)


def test_two_keys_of_one_server() -> None:
    """A server has two keys while it replaces the old one by the new one."""
    old, new = SigningKey("a.example"), SigningKey("a.example", version="b")
    assert set(new.sign(old.sign({}))["signatures"]["a.example"]) == {"ed25519:a", "ed25519:b"}


async def test_replies_set_later_count() -> None:
    async with LoopbackFederation() as federation:
        server = federation.server("a.example")
        server.publish_keys("a.example")
        server.reply(KEYS_PATH, Reply(status=500))
        assert (await get(federation, KEYS_PATH)).status == 500
