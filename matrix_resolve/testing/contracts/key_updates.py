"""Creates TLS 1.3 KeyUpdate records without a TLS library.

Python's `ssl` cannot send them, but it writes the server's traffic secret to a key log. RFC 8446 defines the rest: each
KeyUpdate is one record that is encrypted with the current key (5.2, 5.3), and the next secret is derived from the
current one (7.2). A record takes three calls of `hmac` and one of an AEAD. That is faster than a TLS library in Python;
a flood must be sent faster than the client can read it.
"""

import hmac
import struct
from collections.abc import Callable, Iterator
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

_KEY_UPDATE = b"\x18\x00\x00\x01"  # handshake type 24, a body of one byte
_HANDSHAKE = b"\x16"  # the content type that ends the encrypted part
_PLAIN, _TAG = 6, 16  # bytes
_HEADER = struct.pack(">BHH", 23, 0x0303, _PLAIN + _TAG)
_NONCE = 12  # bytes
_LOG_LABEL = "SERVER_TRAFFIC_SECRET_0"


class _Aead(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


_SUITES: dict[str, tuple[str, int, Callable[[bytes], _Aead]]] = {
    "TLS_AES_128_GCM_SHA256": ("sha256", 16, AESGCM),
    "TLS_AES_256_GCM_SHA384": ("sha384", 32, AESGCM),
    "TLS_CHACHA20_POLY1305_SHA256": ("sha256", 32, ChaCha20Poly1305),
}


def server_secret(key_log: str) -> bytes:
    """Return the server's first traffic secret from the key log of one connection."""
    lines = (line.split() for line in key_log.splitlines())
    return next(bytes.fromhex(line[2]) for line in lines if line and line[0] == _LOG_LABEL)


def key_updates(suite: str, secret: bytes, *, is_reply_wanted: bool) -> Iterator[bytes]:
    """Yield an endless series of KeyUpdate records.

    Args:
        suite: The cipher suite of the connection, as OpenSSL calls it.
        secret: The server's first traffic secret. The server must not have sent anything with it, not even a session
            ticket.
        is_reply_wanted: True to request a KeyUpdate from the peer in reply to each record.
    """
    digest, key_size, make_aead = _SUITES[suite]
    key_label, nonce_label = _label("key", key_size), _label("iv", _NONCE)
    message = _KEY_UPDATE + bytes([is_reply_wanted]) + _HANDSHAKE
    next_label = _label("traffic upd", len(secret))
    while True:
        aead = make_aead(hmac.digest(secret, key_label, digest)[:key_size])
        # The nonce of record 0, because each key encrypts only one record.
        nonce = hmac.digest(secret, nonce_label, digest)[:_NONCE]
        yield _HEADER + aead.encrypt(nonce, message, _HEADER)
        secret = hmac.digest(secret, next_label, digest)


def _label(label: str, size: int) -> bytes:
    """Return the input of HKDF-Expand-Label (RFC 8446, 7.1) for an output of *size* bytes, at most one digest."""
    name = b"tls13 " + label.encode()
    return struct.pack(">HB", size, len(name)) + name + b"\0" + b"\x01"
