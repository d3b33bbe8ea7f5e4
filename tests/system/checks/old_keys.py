"""A homeserver whose signing keys have expired.

A server in front of Synapse changes the date and signs the response again, with Synapse's own key. Synapse cannot do
this itself without a different system clock.
"""

import base64
import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from matrix_resolve.testing import SigningKey

KEYS = "/_matrix/key/v2/server"


def _aged(body: bytes, key_file: Path) -> bytes:
    """Return the key response as if Synapse had stopped renewing it two days ago."""
    response: dict[str, Any] = json.loads(body)
    name = response["server_name"]
    _, version, seed = key_file.read_text().split()
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed + "=" * (-len(seed) % 4)))
    response["valid_until_ts"] = int(time.time() - 86_400) * 1000
    del response["signatures"]
    return json.dumps(SigningKey(name, version=version, private_key=key).sign(response)).encode()


@contextlib.contextmanager
def serving_old_keys(port: int, homeserver: int, key_file: Path) -> Generator[None]:
    """Serve the homeserver's responses during the block, with expired keys."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with urllib.request.urlopen(f"http://127.0.0.1:{homeserver}{self.path}", timeout=10) as response:
                body = response.read()
            answer = _aged(body, key_file) if self.path == KEYS else body
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it
            """Suppress the log line."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()
