"""Raw HTTP responses in groups: valid, unusual and invalid ones.

A row is an ID and the bytes that a server sends before it closes the connection.
"""

import gzip
import zlib
from collections.abc import Mapping

from .raw_lines import BODY, CHUNKED, CHUNKS, GOOD, LENGTH, LINES, OK, Rows

MAX_BYTES = 1000
"""The most bytes of a body that a request accepts."""
LINE_LIMIT = 8190
"""The most bytes of a header line that aiohttp accepts."""
HEADERS_LIMIT = 128

_INTERIM = {
    f"{name}-{end}": b"".join(b"HTTP/1.1 %s\r\n\r\n" % head for head in heads) + last
    for name, heads in {
        "100": [b"100 Continue"],
        "100-twice": [b"100 Continue"] * 2,
        "100-no-reason": [b"100"],
        "102": [b"102 Processing\r\nX: y"],
        "103-many": [b"103 Early Hints\r\nLink: </x>"] * 30,
        "100-with-length": [b"100 Continue\r\nContent-Length: 5"],
        "100-with-chunks": [b"100 Continue\r\nTransfer-Encoding: chunked"],
        "199": [b"199 X"],
        "101": [b"101 Switching Protocols"],
        "101-upgrade": [b"101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket"],
    }.items()
    for end, last in {
        "good": GOOD,
        "nothing": b"",
        "rubbish": b"abcde\r\n\r\n",
        "to-the-end": OK + b"\r\n" + BODY,
    }.items()
}
_NO_BODY = {
    f"{status.decode()}-{name}": b"HTTP/1.1 " + status + b" X\r\n" + rest
    for status in (b"204", b"304", b"205", b"200")
    for name, rest in {
        "nothing": b"\r\n",
        "length-0": b"Content-Length: 0\r\n\r\n",
        "length-and-body": LENGTH + b"\r\n" + BODY,
        "length-without-body": LENGTH + b"\r\n",
        "chunks": CHUNKED + b"\r\n" + CHUNKS,
        "body-to-the-end": b"\r\n" + BODY,
        "body-after-close": b"Connection: close\r\n\r\n" + BODY,
    }.items()
}
_ENDS = {
    f"{version.decode()}-{connection or 'nothing'}-{name}": b"HTTP/%s 200 OK\r\n" % version
    + (b"Connection: %s\r\n" % connection.encode() if connection else b"")
    + rest
    for version in (b"1.1", b"1.0")
    for connection in ("", "close", "keep-alive")
    for name, rest in {
        "length": LENGTH + b"\r\n" + BODY,
        "more": LENGTH + b"\r\n" + BODY + b"more",
        "another": LENGTH + b"\r\n" + BODY + GOOD,
        "line-ends": LENGTH + b"\r\n" + BODY + b"\r\n\r\n",
        "chunks": CHUNKED + b"\r\n" + CHUNKS,
        "to-the-end": b"\r\n" + BODY,
        "long": b"\r\n" + b"x" * (MAX_BYTES + 1),
        "full": b"\r\n" + b"x" * MAX_BYTES,
    }.items()
}
_LINE_ENDS = {
    f"{kind}-{name}": data.replace(b"\r\n", end)
    for kind, end in {"lf": b"\n", "cr": b"\r", "crcrlf": b"\r\r\n", "lfcr": b"\n\r"}.items()
    for name, data in {
        "length": GOOD,
        "chunks": OK + CHUNKED + b"\r\n" + CHUNKS,
        "to-the-end": OK + b"X: y\r\n\r\n" + BODY,
    }.items()
}
_CUTS = {
    **{f"length-{size:02}": GOOD[:size] for size in range(len(GOOD))},
    **{f"chunks-{size:02}": (OK + CHUNKED + b"\r\n" + CHUNKS)[:size] for size in range(len(OK + CHUNKED), 64)},
}
_LIMITS = {
    **{
        f"{name}-{LINE_LIMIT + more:+}": before
        + b"x" * (LINE_LIMIT + more - less)
        + after
        + b"\r\n"
        + LENGTH
        + b"\r\n"
        + BODY
        for more in (-1, 0, 1, 10)
        for name, before, less, after in (
            ("value", OK + b"X: ", 0, b""),
            ("value-and-name", OK + b"X: ", 3, b""),
            ("name", OK, 0, b": y"),
            ("reason", b"HTTP/1.1 200 ", 0, b""),
            ("reason-and-status", b"HTTP/1.1 200 ", 13, b""),
        )
    },
    **{
        f"headers-{count}": OK
        + b"".join(b"X-%d: y\r\n" % number for number in range(count - 1))
        + LENGTH
        + b"\r\n"
        + BODY
        for count in range(HEADERS_LIMIT - 2, HEADERS_LIMIT + 4)
    },
    **{
        f"body-{size}": OK + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
        for size in (999, 1000, 1001, 1002, 70_000)
    },
    **{
        f"chunk-{size}": OK + CHUNKED + b"\r\n%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n"
        for size in (999, 1000, 1001, 70_000)
    },
    **{f"cut-body-{size}": OK + b"Content-Length: 5000\r\n\r\n" + b"x" * size for size in (999, 1000, 1001, 4999)},
    "folded": OK + b"X: a\r\n" + b" b\r\n" * 3000 + LENGTH + b"\r\n" + BODY,
    "trailers": OK + CHUNKED + b"\r\n0\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "trailer": OK + CHUNKED + b"\r\n0\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
    "extension": OK + CHUNKED + b"\r\n5;" + b"x" * 9000 + b"\r\nabcde\r\n0\r\n\r\n",
    "chunks": OK + CHUNKED + b"\r\n" + b"1\r\nx\r\n" * 900 + b"0\r\n\r\n",
}
_BODIES = {
    f"{coding}-{name}": OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding.encode(), len(body)) + body
    for coding in ("gzip", "deflate", "br", "zstd", "identity", "compress")
    for name, body in {
        "gzip": gzip.compress(b"{}", mtime=0),
        "deflate": zlib.compress(b"{}"),
        "plain": b"{}",
        "nothing": b"",
        "bomb": gzip.compress(bytes(400_000), mtime=0)[:900],
    }.items()
}
_RUBBISH = {
    "nothing": b"",
    "line-end": b"\r\n",
    "line-ends": b"\r\n" * 20,
    "zeros": bytes(100),
    "ones": b"\xff" * 100,
    "all-bytes": bytes(range(256)),
    "ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
    "smtp": b"220 mail.example ESMTP\r\n",
    "html": b"<html>hello</html>",
    "http-0.9": b"abcde\r\n",
    "json": b'{"m.server": "b.example:443"}',
    "request": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "h2-settings": b"\0\0\0\x04\0\0\0\0\0",
    "h2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls-hello": b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    "tls-alert": b"\x15\x03\x03\x00\x02\x02\x28",
    "tls-alert-in-the-body": OK + b"Content-Length: 7\r\n\r\n\x15\x03\x03\x00\x02\x01\x00",
    "spaces": b" " * 100,
    "long-line": b"x" * 20_000,
    "headers-alone": LENGTH + b"\r\n" + BODY,
    "no-headers": OK + b"\r\n",
    "no-headers-no-end": OK,
    "good": GOOD,
}
GROUPS: Mapping[str, Rows] = {
    **LINES,
    "interim": _INTERIM,
    "no-body": _NO_BODY,
    "ends": _ENDS,
    "line-ends": _LINE_ENDS,
    "cuts": _CUTS,
    "limits": _LIMITS,
    "bodies": _BODIES,
    "rubbish": _RUBBISH,
}
