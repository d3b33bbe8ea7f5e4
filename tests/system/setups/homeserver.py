"""A server in place of the homeserver behind the proxies: it returns in JSON what it received, byte for byte."""

import contextlib
import hashlib
import json
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import attrs


@attrs.frozen
class Asked:
    """One request as a proxy forwarded it."""

    method: str
    target: str
    host: str
    forwarded_for: str
    scheme: str
    size: int
    digest: str


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.requestline.split(" ")[1]  # `path` lacks the second of two slashes
        get = self.headers.get
        asked = Asked(
            self.command,
            target,
            get("Host", ""),
            ", ".join(self.headers.get_all("X-Forwarded-For", [])),
            get("X-Forwarded-Proto", ""),
            len(body),
            digest(body),
        )
        cast("_Server", self.server).requests.append(asked)
        answer = json.dumps({"displayname": target, **attrs.asdict(asked)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST = _answer  # noqa: N815 - the base class names them

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it
        """Suppress the log line."""


class _Server(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.requests: list[Asked] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors of connections that a proxy kept open and then dropped."""


@contextlib.contextmanager
def serving_homeserver(address: tuple[str, int]) -> Generator[list[Asked]]:
    """Serve during the block, and yield the list of requests, which grows."""
    with _Server(address) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.requests
        server.shutdown()
        thread.join()
