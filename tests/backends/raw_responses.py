"""Raw HTTP responses, right, odd and wrong, in groups: each row is an id and the bytes that a server sends before it closes."""

import gzip
import zlib
from collections.abc import Iterable, Mapping

MAX_BYTES = 1000
"""How much of a body is asked for."""
LINE_LIMIT = 8190
"""Bytes of a header line that aiohttp accepts."""
HEADERS_LIMIT = 128

Rows = dict[str, bytes]
_OK = b"HTTP/1.1 200 OK\r\n"
_LENGTH = b"Content-Length: 5\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_BODY = b"abcde"
_CHUNKS = b"5\r\nabcde\r\n0\r\n\r\n"
_GOOD = _OK + _LENGTH + b"\r\n" + _BODY


def _rows(lines: Iterable[bytes], before: bytes, after: bytes) -> Rows:
    """Make a row of each of *lines*, whose beginning is its id."""
    return {line[:40].decode("latin-1").encode("unicode_escape").decode(): before + line + after for line in lines}


_STATUS_LINES = _rows(
    (
        *(b"HTTP/1.1 %d X" % status for status in (200, 201, 301, 302, 400, 404, 429, 500, 503, 599, 600, 999)),
        *(b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.1 200  OK", b"HTTP/1.1  200 OK", b"HTTP/1.1\t200 OK"),
        *(b"HTTP/1.1 200 caf\xe9", b"HTTP/1.1 200 caf\xc3\xa9", b"HTTP/1.1 200 O\x01K", b"HTTP/1.1 200 O\x00K"),
        *(b"HTTP/1.0 200 OK", b"HTTP/0.9 200 OK", b"HTTP/2 200 OK", b"HTTP/2.0 200 OK", b"HTTP/1.2 200 OK"),
        *(
            b"HTTP/1.10 200 OK",
            b"HTTP/1.1.1 200 OK",
            b"HTTP/ 200 OK",
            b"HTTP 200 OK",
            b"http/1.1 200 OK",
            b"HTTPS/1.1 200 OK",
        ),
        *(b"HTTP/1.1 2000 OK", b"HTTP/1.1 20 OK", b"HTTP/1.1 +200 OK", b"HTTP/1.1 -200 OK", b"HTTP/1.1 2x0 OK"),
        *(b"HTTP/1.1 0200 OK", b"HTTP/1.1 000 OK", b"HTTP/1.1 099 OK", b"HTTP/1.1 \xb2\xb3\xb9 OK", b"HTTP/1.1"),
        *(
            b" HTTP/1.1 200 OK",
            b"\r\nHTTP/1.1 200 OK",
            b"\nHTTP/1.1 200 OK",
            b"\r\n\r\n\r\nHTTP/1.1 200 OK",
            b"\0HTTP/1.1 200 OK",
        ),
        *(b"ICY 200 OK", b"RTSP/1.0 200 OK", b"\xef\xbb\xbfHTTP/1.1 200 OK"),
    ),
    b"",
    b"\r\n" + _LENGTH + b"\r\n" + _BODY,
)
_HEADERS = _rows(
    (
        *(
            b"X: y",
            b"X:y",
            b"X:",
            b"X: ",
            b"X:\t y \t",
            b"X:   y   ",
            b"X : y",
            b" X: y",
            b"\tX: y",
            b"X",
            b": y",
            b"X y",
        ),
        *(b"X: a\r\n b", b"X: a\r\n\tb", b"X: a\r\n  b\r\n  c", b"X:\r\n y", b"X: a\r\n \r\n b", b"X: a\r\n: b"),
        *(
            b"X: caf\xe9",
            b"X: caf\xc3\xa9",
            b"X: \xff\xfe",
            b"caf\xe9: y",
            b"X\x00: y",
            b"X: a\x00b",
            b"X: a\x01b",
            b"X: a\x7fb",
        ),
        *(
            b"X: a\rb",
            b"X: a\nb",
            b"X: a\nY: b",
            b"X: a\r\r\nY: b",
            b"X\r: y",
            b"X\n: y",
            b"X: \x0b\x0c",
            b"X: a\x1b[31m",
        ),
        *(
            b"x-A: 1\r\nX-a: 2\r\nx-A: 3",
            b"Set-Cookie: a=b\r\nSet-Cookie: c=d",
            b"X-@: y",
            b"X(y): z",
            b'"X": y',
            b"X/Y: z",
        ),
        *(
            b"X!#$%&'*+-.^_`|~9: y",
            b"X;Y: z",
            b"{X}: y",
            b"Host: a\r\nHost: b",
            b"Connection: close",
            b"Connection: keep-alive",
        ),
        *(
            b"Connection: upgrade\r\nUpgrade: h2c",
            b"Connection: close, keep-alive",
            b"Connection: \xff",
            b"Keep-Alive: timeout=5",
        ),
        *(
            b"Content-Type: a/b",
            b"Content-Type: \xff",
            b"Content-Type:",
            b"Location: https://b.example/",
            b"Trailer: X",
        ),
        *(b"Content-Encoding: gzip", b"Content-Encoding: br", b"Content-Encoding: x, y", b"Content-Encoding:"),
    ),
    _OK + _LENGTH,
    b"\r\n\r\n" + _BODY,
)
_LENGTHS = _rows(
    (
        *(
            b"Content-Length:%s" % value
            for value in (b"5", b" 5", b"  5  ", b"\t5", b" 5\t", b" 05", b" 0000000000000005")
        ),
        *(
            b"Content-Length: %s" % value
            for value in (b"+5", b"-5", b"-0", b"5,5", b"5, 5", b"5,6", b"5;", b"5 5", b"", b"0")
        ),
        *(
            b"Content-Length: %s" % value
            for value in (b"0x5", b"5.0", b"5e0", b"five", b"\xb5", b"5\x00", b"5_0", b"4", b"6")
        ),
        *(
            b"Content-Length: %s" % value
            for value in (b"18446744073709551615", b"18446744073709551616", b"9" * 30, b"1_0")
        ),
        *(b"Content-Length: 5\r\nContent-Length: %s" % value for value in (b"5", b"6", b"", b"4", b"+5")),
        *(
            b"%s: 5" % name
            for name in (
                b"content-length",
                b"CONTENT-LENGTH",
                b"Content_Length",
                b"Content-Length ",
                b" Content-Length",
            )
        ),
        *(b"Content-Length:\r\n 5", b"Content-Length: 5\r\n 0", b"X: y", b"Transfer-Encoding: identity"),
    ),
    _OK,
    b"\r\n\r\n" + _BODY,
)
_CODINGS = _rows(
    (
        *(
            b"Transfer-Encoding:%s" % value
            for value in (b"chunked", b" CHUNKED", b" chunked ", b"\tchunked", b" x, chunked")
        ),
        *(
            b"Transfer-Encoding: %s" % value
            for value in (b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"chunked;q=1")
        ),
        *(
            b"Transfer-Encoding: %s" % value
            for value in (b"xchunked", b'"chunked"', b"chunked,", b",chunked", b"\x0bchunked", b"")
        ),
        *(
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: %s" % value
            for value in (b"chunked", b"identity", b"gzip")
        ),
        *(b"Transfer-Encoding: %s\r\nTransfer-Encoding: chunked" % value for value in (b"identity", b"gzip")),
        *(_CHUNKED + b"Content-Length: %s" % value for value in (b"5", b"0", b"x", b"15")),
        *(b"Content-Length: %s\r\n" % value + _CHUNKED[:-2] for value in (b"5", b"0", b"x", b"15")),
        *(b"transfer-encoding: chunked", b"Transfer_Encoding: chunked", b"Transfer-Encoding : chunked"),
        *(
            b"Transfer-Encoding:\r\n chunked",
            b"X: y",
            _CHUNKED + b"Connection: keep-alive",
            _CHUNKED + b"Content-Encoding: gzip",
        ),
    ),
    _OK,
    b"\r\n\r\n" + _CHUNKS,
)
_CHUNK_LINES = _rows(
    (
        *(
            b"%s\r\nabcde" % size
            for size in (b"5", b"05", b"0000000000000005", b"00000000000000000005", b"+5", b"-5", b" 5", b"5 ")
        ),
        *(
            b"%s\r\nabcde" % size
            for size in (b"\t5", b"5\t", b"0x5", b"5h", b"", b"x", b"5.", b"5_", b"\xb5", b"5\x00", b"5,5")
        ),
        *(
            b"%s\r\nabcde" % size
            for size in (b"5;", b"5;a", b"5;a=b", b'5;a="b"', b'5;a="b;c"', b"5;a=b;c=d", b"5 ;a", b"5; a", b"5;=")
        ),
        *(
            b"%s\r\nabcde" % size
            for size in (b"5;\xff", b"5;a\x00", b"5;a\tb", b"5;a\nb", b"5;a\rb", b'5;a="', b"5;" + b"x" * 300)
        ),
        *(
            b"%s\r\nabcde" % size
            for size in (b"4", b"6", b"8000000000000000", b"ffffffffffffffff", b"10000000000000000", b"f" * 40)
        ),
        *(b"5\nabcde", b"5\rabcde", b"5\r\r\nabcde", b"5\n\nabcde", b"5\r\nabcd", b"5\r\nabcdef", b"5abcde"),
        *(
            b"2\r\nab\r\n3\r\ncde",
            b"1\r\na\r\n1\r\nb\r\n3\r\ncde",
            b"A\r\n0123456789",
            b"a\r\n0123456789",
            b"5\r\n\r\n\r\n\r",
        ),
    ),
    _OK + _CHUNKED + b"\r\n",
    b"\r\n0\r\n\r\n",
)
_CHUNK_ENDS = _rows(
    (
        *(
            b"0\r\n\r\n",
            b"00\r\n\r\n",
            b"0;a=b\r\n\r\n",
            b"0\n\n",
            b"0\r\n\n",
            b"0\n\r\n",
            b"0\r\r",
            b"0\r\n",
            b"0\r",
            b"0",
            b"",
        ),
        *(
            b"0\r\nX: y\r\n\r\n",
            b"0\r\nX: y\r\nZ: z\r\n\r\n",
            b"0\r\nX\r\n\r\n",
            b"0\r\n X: y\r\n\r\n",
            b"0\r\nX: y\r\n z\r\n\r\n",
        ),
        *(
            b"0\r\nContent-Length: 9\r\n\r\n",
            b"0\r\nTransfer-Encoding: x\r\n\r\n",
            b"0\r\nX: \xff\r\n\r\n",
            b"0\r\nX: \0\r\n\r\n",
        ),
        *(
            b"0\r\nX: y\n\n",
            b"0\r\nX: y\r\n",
            b"0\r\n\r\nmore",
            b"0\r\n\r\n" + _GOOD,
            b"0\r\n\r\n\r\n",
            b"0\r\nabc\r\n\r\n",
            b"-0\r\n\r\n",
        ),
    ),
    _OK + _CHUNKED + b"\r\n5\r\nabcde\r\n",
    b"",
)
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
        "good": _GOOD,
        "nothing": b"",
        "rubbish": b"abcde\r\n\r\n",
        "to-the-end": _OK + b"\r\n" + _BODY,
    }.items()
}
_NO_BODY = {
    f"{status.decode()}-{name}": b"HTTP/1.1 " + status + b" X\r\n" + rest
    for status in (b"204", b"304", b"205", b"200")
    for name, rest in {
        "nothing": b"\r\n",
        "length-0": b"Content-Length: 0\r\n\r\n",
        "length-and-body": _LENGTH + b"\r\n" + _BODY,
        "length-without-body": _LENGTH + b"\r\n",
        "chunks": _CHUNKED + b"\r\n" + _CHUNKS,
        "body-to-the-end": b"\r\n" + _BODY,
        "body-after-close": b"Connection: close\r\n\r\n" + _BODY,
    }.items()
}
_ENDS = {
    f"{version.decode()}-{connection or 'nothing'}-{name}": b"HTTP/%s 200 OK\r\n" % version
    + (b"Connection: %s\r\n" % connection.encode() if connection else b"")
    + rest
    for version in (b"1.1", b"1.0")
    for connection in ("", "close", "keep-alive")
    for name, rest in {
        "length": _LENGTH + b"\r\n" + _BODY,
        "more": _LENGTH + b"\r\n" + _BODY + b"more",
        "another": _LENGTH + b"\r\n" + _BODY + _GOOD,
        "line-ends": _LENGTH + b"\r\n" + _BODY + b"\r\n\r\n",
        "chunks": _CHUNKED + b"\r\n" + _CHUNKS,
        "to-the-end": b"\r\n" + _BODY,
        "long": b"\r\n" + b"x" * (MAX_BYTES + 1),
        "full": b"\r\n" + b"x" * MAX_BYTES,
    }.items()
}
_LINE_ENDS = {
    f"{kind}-{name}": data.replace(b"\r\n", end)
    for kind, end in {"lf": b"\n", "cr": b"\r", "crcrlf": b"\r\r\n", "lfcr": b"\n\r"}.items()
    for name, data in {
        "length": _GOOD,
        "chunks": _OK + _CHUNKED + b"\r\n" + _CHUNKS,
        "to-the-end": _OK + b"X: y\r\n\r\n" + _BODY,
    }.items()
}
_CUTS = {
    **{f"length-{size:02}": _GOOD[:size] for size in range(len(_GOOD))},
    **{f"chunks-{size:02}": (_OK + _CHUNKED + b"\r\n" + _CHUNKS)[:size] for size in range(len(_OK + _CHUNKED), 64)},
}
_LIMITS = {
    **{
        f"{name}-{LINE_LIMIT + more:+}": before
        + b"x" * (LINE_LIMIT + more - less)
        + after
        + b"\r\n"
        + _LENGTH
        + b"\r\n"
        + _BODY
        for more in (-1, 0, 1, 10)
        for name, before, less, after in (
            ("value", _OK + b"X: ", 0, b""),
            ("value-and-name", _OK + b"X: ", 3, b""),
            ("name", _OK, 0, b": y"),
            ("reason", b"HTTP/1.1 200 ", 0, b""),
            ("reason-and-status", b"HTTP/1.1 200 ", 13, b""),
        )
    },
    **{
        f"headers-{count}": _OK
        + b"".join(b"X-%d: y\r\n" % number for number in range(count - 1))
        + _LENGTH
        + b"\r\n"
        + _BODY
        for count in range(HEADERS_LIMIT - 2, HEADERS_LIMIT + 4)
    },
    **{
        f"body-{size}": _OK + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
        for size in (999, 1000, 1001, 1002, 70_000)
    },
    **{
        f"chunk-{size}": _OK + _CHUNKED + b"\r\n%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n"
        for size in (999, 1000, 1001, 70_000)
    },
    **{f"cut-body-{size}": _OK + b"Content-Length: 5000\r\n\r\n" + b"x" * size for size in (999, 1000, 1001, 4999)},
    "folded": _OK + b"X: a\r\n" + b" b\r\n" * 3000 + _LENGTH + b"\r\n" + _BODY,
    "trailers": _OK + _CHUNKED + b"\r\n0\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "trailer": _OK + _CHUNKED + b"\r\n0\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
    "extension": _OK + _CHUNKED + b"\r\n5;" + b"x" * 9000 + b"\r\nabcde\r\n0\r\n\r\n",
    "chunks": _OK + _CHUNKED + b"\r\n" + b"1\r\nx\r\n" * 900 + b"0\r\n\r\n",
}
_BODIES = {
    f"{coding}-{name}": _OK
    + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding.encode(), len(body))
    + body
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
    "tls-alert-in-the-body": _OK + b"Content-Length: 7\r\n\r\n\x15\x03\x03\x00\x02\x01\x00",
    "spaces": b" " * 100,
    "long-line": b"x" * 20_000,
    "headers-alone": _LENGTH + b"\r\n" + _BODY,
    "no-headers": _OK + b"\r\n",
    "no-headers-no-end": _OK,
    "good": _GOOD,
}
GROUPS: Mapping[str, Rows] = {
    "status-lines": _STATUS_LINES,
    "headers": _HEADERS,
    "lengths": _LENGTHS,
    "codings": _CODINGS,
    "chunk-lines": _CHUNK_LINES,
    "chunk-ends": _CHUNK_ENDS,
    "interim": _INTERIM,
    "no-body": _NO_BODY,
    "ends": _ENDS,
    "line-ends": _LINE_ENDS,
    "cuts": _CUTS,
    "limits": _LIMITS,
    "bodies": _BODIES,
    "rubbish": _RUBBISH,
}
