"""Homeservers for the tests of checks: servers of the loopback federation whose signing keys are known, and can be wrong."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from matrix_resolve.testing import LoopbackServer, Reply, SigningKey

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
    response = SigningKey(server_name, version=key_id, private_key=key).key_response()
    if before is not None:
        before(response)
    response = SigningKey(server_name, version=key_id, private_key=signed_by or key).sign(response)
    if after is not None:
        after(response)
    return response


def be_homeserver(server: LoopbackServer, server_name: str) -> LoopbackServer:
    """Let *server* answer as the homeserver of *server_name*."""
    server.reply(KEYS_PATH, Reply.json(key_response(server_name)))
    return server
