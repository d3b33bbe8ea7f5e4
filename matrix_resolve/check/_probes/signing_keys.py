"""Read the response of ``/_matrix/key/v2/server``, and verify that it is signed with the keys that it lists.

Source: Matrix Server-Server API, ``GET /_matrix/key/v2/server``; appendices, "Signing JSON", "Unpadded Base64".
"""

import base64
import binascii
import json
from typing import Any, NoReturn, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..._util.canonical_json import canonical_json
from ..._util.escaping import printable
from ..evidence import KeyFacts

_ALGORITHM = "ed25519:"
_MAX_KEYS = 50
_MS = 1000
_SHOWN = 40
_LAST_MS = 2**53  # integers in canonical JSON are smaller


def read_signing_keys(body: bytes) -> KeyFacts:
    """Read a key response, and verify its signatures.

    Args:
        body: The raw bytes.

    Returns:
        Its contents, with a ``fault`` if it is not a valid key response.
    """
    try:
        response: object = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return KeyFacts(fault="it is not JSON")
    if not isinstance(response, dict):
        return KeyFacts(fault="it is JSON, but not an object")
    try:
        return _read(cast("dict[str, Any]", response))
    except RecursionError:  # JSON that can just be parsed may be nested too deeply to be serialised
        return KeyFacts(fault="it is nested too deeply")


def _read(response: dict[str, Any]) -> KeyFacts:
    name, keys = response.get("server_name"), _keys(response.get("verify_keys"))
    if not isinstance(name, str):
        return KeyFacts(fault='it has no "server_name"')
    usable = {key_id: key for key_id, key in keys.items() if key is not None}
    signatures = _signatures(response, name)
    signed = canonical_json({key: value for key, value in response.items() if key not in {"signatures", "unsigned"}})
    until, fault = _valid_until(response)
    return KeyFacts(
        server_name=printable(name, limit=len(name)),
        key_ids=tuple(map(printable, keys)),
        public_keys=tuple(
            sorted(f"{printable(key_id, limit=len(key_id))} {_hex(key)}" for key_id, key in usable.items())
        ),
        valid_until=until,
        valid_until_fault=fault,
        unusable=tuple(printable(key_id) for key_id, key in keys.items() if key is None),
        unsigned=tuple(printable(key_id) for key_id in usable if key_id not in signatures),
        forged=tuple(
            printable(key_id)
            for key_id, key in usable.items()
            if key_id in signatures and not _verifies(key, signatures[key_id], signed)
        ),
        old_fault=_old_fault(response.get("old_verify_keys")),
    )


def _keys(verify_keys: object) -> dict[str, Ed25519PublicKey | None]:
    """Return the Ed25519 keys by their ID; the value is None for a key that cannot be used."""
    if not isinstance(verify_keys, dict):
        return {}
    entries = list(cast("dict[str, Any]", verify_keys).items())[:_MAX_KEYS]
    return {key_id: _key(entry) for key_id, entry in entries if key_id.startswith(_ALGORITHM)}


def _key(entry: object) -> Ed25519PublicKey | None:
    text = cast("dict[str, Any]", entry).get("key") if isinstance(entry, dict) else None
    try:
        return Ed25519PublicKey.from_public_bytes(_decode(text))
    except ValueError:
        return None


def _old_fault(old_keys: object) -> str:
    """Return what is wrong with the old keys. Synapse ignores the whole response if it cannot read them."""
    if old_keys is None:
        return "old_verify_keys is missing"
    if not isinstance(old_keys, dict):
        return "old_verify_keys is not an object"
    for key_id, entry in cast("dict[str, Any]", old_keys).items():
        if key_id.startswith(_ALGORITHM) and _key(entry) is None:
            return f"the old key {printable(key_id)} is not a valid Ed25519 key"
        if key_id.startswith(_ALGORITHM) and not isinstance(entry.get("expired_ts"), int):
            return f"the old key {printable(key_id)} has no expired_ts"
    return ""


def _hex(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()


def _signatures(response: dict[str, Any], name: str) -> dict[str, object]:
    signatures = response.get("signatures")
    own = cast("dict[str, Any]", signatures).get(name) if isinstance(signatures, dict) else None
    return cast("dict[str, object]", own) if isinstance(own, dict) else {}


def _verifies(key: Ed25519PublicKey, signature: object, signed: bytes) -> bool:
    try:
        key.verify(_decode(signature), signed)
    except (ValueError, InvalidSignature):
        return False
    return True


def _decode(text: object) -> bytes:
    """Decode base64 without padding.

    Raises:
        ValueError: If *text* is not base64.
    """
    if not isinstance(text, str):
        raise ValueError("not a string")  # noqa: TRY004 - the value comes from the network, not from a caller
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _valid_until(response: dict[str, Any]) -> tuple[float | None, str]:
    """Return ``valid_until_ts`` in seconds, or None and why it cannot be used."""
    if "valid_until_ts" not in response:
        return None, "valid_until_ts is missing"
    milliseconds: object = response["valid_until_ts"]
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return None, f"valid_until_ts is not a number but {printable(json.dumps(milliseconds), limit=_SHOWN)}"
    return max(0, min(milliseconds, _LAST_MS)) / _MS, ""


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)
