"""The signing keys of the homeservers in a loopback federation.

Source: Matrix Server-Server API, ``GET /_matrix/key/v2/server``; appendices, "Signing JSON", "Unpadded Base64".
"""

import base64
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..._util.canonical_json import canonical_json

_LIFETIME = 86_400  # seconds; a day
_MS = 1000


class SigningKey:
    """The temporary Ed25519 key of a homeserver. `LoopbackFederation.signing_key` returns one.

    Args:
        server_name: The server name that the key signs for.
        version: The part of the key ID after ``ed25519:``.
        private_key: The private key. By default, a new one is generated.

    Attributes:
        server_name: The server name that the key signs for.
        key_id: The key ID, such as ``"ed25519:a"``.
        public_key: The public key, in unpadded base64.
    """

    def __init__(self, server_name: str, *, version: str = "a", private_key: Ed25519PrivateKey | None = None) -> None:
        self.server_name = server_name
        self.key_id: str = f"ed25519:{version}"
        self._private_key = private_key or Ed25519PrivateKey.generate()
        self.public_key: str = _unpadded(self._private_key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"SigningKey({self.server_name!r}, {self.key_id}, {self.public_key})"

    def sign(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return *content* with a signature of this key added.

        The signature does not cover ``signatures`` and ``unsigned``.
        """
        signed = {key: value for key, value in content.items() if key not in {"signatures", "unsigned"}}
        signature = _unpadded(self._private_key.sign(canonical_json(signed)))
        known: Mapping[str, Mapping[str, str]] = content.get("signatures", {})
        own = {**known.get(self.server_name, {}), self.key_id: signature}
        return {**content, "signatures": {**known, self.server_name: own}}

    def key_response(self) -> dict[str, Any]:
        """Return the response of ``/_matrix/key/v2/server``, signed, and valid for a day from now."""
        return self.sign(
            {
                "server_name": self.server_name,
                "valid_until_ts": int(time.time() + _LIFETIME) * _MS,
                "verify_keys": {self.key_id: {"key": self.public_key}},
                "old_verify_keys": {},
            }
        )


def _unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")
