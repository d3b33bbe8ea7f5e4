"""Homeservers for the tests of checks: servers of the loopback federation whose signing keys are real."""

import base64
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from matrix_resolve.check.signing_keys import canonical_json
from matrix_resolve.testing import LoopbackServer, Reply

KEYS_PATH = "/_matrix/key/v2/server"
_KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
Change = Callable[[dict[str, Any]], object]


def key_response(server_name: str, *, before: Change | None = None, after: Change | None = None) -> dict[str, Any]:
    """Make the key response of a homeserver.

    Args:
        server_name: Its name.
        before: Changes the response before it is signed.
        after: Changes it afterwards.
    """
    response: dict[str, Any] = {
        "server_name": server_name,
        "valid_until_ts": int(time.time() + 86_400) * 1000,
        "verify_keys": {"ed25519:a": {"key": _base64(_KEY.public_key().public_bytes_raw())}},
        "old_verify_keys": {},
    }
    if before is not None:
        before(response)
    signature = _base64(_KEY.sign(canonical_json(response)))
    response["signatures"] = {response["server_name"]: {"ed25519:a": signature}}
    if after is not None:
        after(response)
    return response


def be_homeserver(server: LoopbackServer, server_name: str) -> LoopbackServer:
    """Let *server* answer as the homeserver of *server_name*."""
    server.reply(KEYS_PATH, Reply.json(key_response(server_name)))
    return server


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")
