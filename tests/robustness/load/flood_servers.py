"""The process of the hosts that never stop sending.

It prints their ports. For each line of input it prints how many hosts have sent something. It ends when its input ends.
"""

import json
import os
import ssl
import sys
from functools import partial
from pathlib import Path

from matrix_resolve.testing.contracts.flood import Flood, Pieces, TlsInMemory, plain

CERTIFICATE = "floods.pem"
_SECONDS = 20.0  # longer than a resolution may take, so that the server does not end a request
_NICENESS = 10  # real hostile hosts have their own processors; here they must not slow down the honest servers
_PIECES: tuple[Pieces, ...] = (
    plain(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    partial(TlsInMemory.key_updates, is_reply_wanted=False),
    plain(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x" * 1024, record=1),
    partial(TlsInMemory.key_updates, is_reply_wanted=True),
)
"""Interim responses, TLS KeyUpdates, a body in TLS records of one byte, and KeyUpdates that request a reply."""


def _flood(certificate: Path, number: int) -> Flood:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return Flood(context, _PIECES[number % len(_PIECES)], seconds=_SECONDS)


def _print(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def serve(folder: Path, count: int) -> None:
    """Run *count* floods, with the certificate in *folder*, until the input ends."""
    os.nice(_NICENESS)
    floods = [_flood(folder / CERTIFICATE, number) for number in range(count)]
    try:
        _print([flood.port for flood in floods])
        for _ in sys.stdin:
            _print(sum(flood.has_begun for flood in floods))
    finally:
        for flood in floods:
            flood.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
