"""Homeservers in the loopback federation with known signing keys, which a test can break."""

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
    """Return the key response of a homeserver.

    Args:
        server_name: The server name in the response.
        key: The signing key.
        key_id: The ID of the key.
        signed_by: The key that signs instead of *key*.
        before: Changes the response before it is signed.
        after: Changes the response after it is signed.
    """
    response = SigningKey(server_name, version=key_id, private_key=key).key_response()
    if before is not None:
        before(response)
    response = SigningKey(server_name, version=key_id, private_key=signed_by or key).sign(response)
    if after is not None:
        after(response)
    return response


def be_homeserver(server: LoopbackServer, server_name: str) -> LoopbackServer:
    """Make *server* answer as the homeserver of *server_name*, and return it."""
    server.reply(KEYS_PATH, Reply.json(key_response(server_name)))
    return server
