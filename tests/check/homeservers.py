"""Homeservers for the tests of checks: servers of the loopback federation whose signing keys are real."""

import base64
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from matrix_resolve.check.signing_keys import canonical_json
from matrix_resolve.testing import LoopbackServer, Reply

KEYS_PATH = "/_matrix/key/v2/server"
OWN_KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
Change = Callable[[dict[str, Any]], object]


def key_response(
    server_name: str,
    *,
    key: Ed25519PrivateKey = OWN_KEY,
    key_id: str = "a",
    signed_by: Ed25519PrivateKey | None = None,
    before: Change | None = None,
    after: Change | None = None,
) -> dict[str, Any]:
    """Make the key response of a homeserver.

    Args:
        server_name: Its name.
        key: Its signing key.
        key_id: The name of the key.
        signed_by: The key that signs in its place.
        before: Changes the response before it is signed.
        after: Changes it afterwards.
    """
    response: dict[str, Any] = {
        "server_name": server_name,
        "valid_until_ts": int(time.time() + 86_400) * 1000,
        "verify_keys": {f"ed25519:{key_id}": {"key": base64_of(key.public_key().public_bytes_raw())}},
        "old_verify_keys": {},
    }
    if before is not None:
        before(response)
    response["signatures"] = {response["server_name"]: {f"ed25519:{key_id}": signature(signed_by or key, response)}}
    if after is not None:
        after(response)
    return response


def signature(key: Ed25519PrivateKey, response: dict[str, Any]) -> str:
    """Sign a key response; signatures that it has do not count."""
    return base64_of(
        key.sign(canonical_json({name: value for name, value in response.items() if name != "signatures"}))
    )


def be_homeserver(server: LoopbackServer, server_name: str) -> LoopbackServer:
    """Let *server* answer as the homeserver of *server_name*."""
    server.reply(KEYS_PATH, Reply.json(key_response(server_name)))
    return server


def base64_of(raw: bytes) -> str:
    """Write base64 without padding."""
    return base64.b64encode(raw).decode().rstrip("=")
