"""Raw HTTP responses that differ in one or a few lines.

A row is an ID and the bytes that a server sends before it closes the connection.
"""

from collections.abc import Iterable, Mapping

Rows = dict[str, bytes]
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 5\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BODY = b"abcde"
CHUNKS = b"5\r\nabcde\r\n0\r\n\r\n"
GOOD = OK + LENGTH + b"\r\n" + BODY


def _rows(lines: Iterable[bytes], before: bytes, after: bytes) -> Rows:
    """Return a row for each of *lines*; the beginning of the line is the row's ID."""
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
    b"\r\n" + LENGTH + b"\r\n" + BODY,
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
    OK + LENGTH,
    b"\r\n\r\n" + BODY,
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
    OK,
    b"\r\n\r\n" + BODY,
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
        *(CHUNKED + b"Content-Length: %s" % value for value in (b"5", b"0", b"x", b"15")),
        *(b"Content-Length: %s\r\n" % value + CHUNKED[:-2] for value in (b"5", b"0", b"x", b"15")),
        *(b"transfer-encoding: chunked", b"Transfer_Encoding: chunked", b"Transfer-Encoding : chunked"),
        *(
            b"Transfer-Encoding:\r\n chunked",
            b"X: y",
            CHUNKED + b"Connection: keep-alive",
            CHUNKED + b"Content-Encoding: gzip",
        ),
    ),
    OK,
    b"\r\n\r\n" + CHUNKS,
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
    OK + CHUNKED + b"\r\n",
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
            b"0\r\n\r\n" + GOOD,
            b"0\r\n\r\n\r\n",
            b"0\r\nabc\r\n\r\n",
            b"-0\r\n\r\n",
        ),
    ),
    OK + CHUNKED + b"\r\n5\r\nabcde\r\n",
    b"",
)
LINES: Mapping[str, Rows] = {
    "status-lines": _STATUS_LINES,
    "headers": _HEADERS,
    "lengths": _LENGTHS,
    "codings": _CODINGS,
    "chunk-lines": _CHUNK_LINES,
    "chunk-ends": _CHUNK_ENDS,
}
