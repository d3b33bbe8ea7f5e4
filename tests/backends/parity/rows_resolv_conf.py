"""Lines of ``resolv.conf``, search domains, and a file that changes.

The right server is number 1 unless the row says otherwise.
"""

from .replies import ADDRESS, RIGHT, SOA, says, silent, tcp
from .row import NONE, TRAP, Row
from .wire import NXDOMAIN

_ANSWER = (ADDRESS,)
_NXDOMAIN = says(authority=[SOA], rcode=NXDOMAIN)
_ONE = "nameserver 127.0.0.1"


def _file(key: str, does: str, text: str, *, server: int = 1) -> Row:
    return Row(f"conf-{key}", f"`resolv.conf` {does}", {server: RIGHT}, _ANSWER, resolv_conf=text)


LINES = [
    _file("tab-comment", "has a tab and a comment after the address", f"{_ONE}\t# own\n"),
    _file("space-comment", "has a space and a comment after the address", f"{_ONE} # own\n"),
    _file("semicolon-comment", "has a space and a comment with `;` after the address", f"{_ONE} ; own\n"),
    _file(
        "glued-comment", "has a comment right after the address, without a space", f"{_ONE}#own\nnameserver 127.0.0.1\n"
    ),
    _file(
        "comments",
        "has comment lines with `#` and `;`",
        f"# nameserver 127.0.0.2\n; nameserver 127.0.0.3\n{_ONE}\n",
    ),
    _file("tabs", "separates words with tabs", "nameserver\t127.0.0.1\n"),
    _file("many-blanks", "has many spaces and tabs around the address", "nameserver  \t  127.0.0.1   \t\n"),
    _file(
        "leading-spaces",
        "has a line with spaces before the keyword, which glibc ignores",
        "  nameserver 127.0.0.2\nnameserver 127.0.0.1\n",
    ),
    _file(
        "upper-case",
        "has a line with the keyword in upper case, which glibc ignores",
        "NAMESERVER 127.0.0.2\nnameserver 127.0.0.1\n",
    ),
    _file("crlf", "has Windows line endings", f"# written by hand\r\n{_ONE}\r\noptions ndots:1\r\n"),
    _file("no-newline", "does not end with a newline", _ONE),
    _file("rotate", "contains `options rotate`", f"{_ONE}\noptions rotate\n"),
    _file("edns0", "contains `options edns0`", f"{_ONE}\noptions edns0\n"),
    _file("trust-ad", "contains `options trust-ad edns0`", f"{_ONE}\noptions trust-ad edns0\n"),
    _file(
        "single-request",
        "contains `options single-request-reopen inet6 no-tld-query`",
        f"{_ONE}\noptions single-request-reopen inet6 no-tld-query\n",
    ),
    _file(
        "unknown-option",
        "has unknown options, and options without a value",
        f"{_ONE}\noptions frobnicate:7 timeout: attempts:x ndots\n",
    ),
    _file("attempts", "contains `options timeout:1 attempts:1`", f"{_ONE}\noptions timeout:1 attempts:1\n"),
    _file("timeout-zero", "contains `options timeout:0 attempts:0`", f"{_ONE}\noptions timeout:0 attempts:0\n"),
    _file("unknown-keyword", "has unknown keywords", f"lookup file bind\nfamily inet4\n{_ONE}\nnonsense\n"),
    _file(
        "sortlist",
        "has a `sortlist` with an entry that is not an address",
        f"sortlist 130.155.160.0/255.255.240.0 nonsense\n{_ONE}\n",
    ),
    _file("duplicate", "lists the same server three times", f"{_ONE}\n{_ONE}\n{_ONE}\n"),
    _file(
        "five",
        "lists five servers",
        f"{_ONE}\nnameserver 127.0.0.2\nnameserver 127.0.0.3\nnameserver 127.0.0.4\nnameserver 127.0.0.5\n",
    ),
    _file("none", "lists no server, so 127.0.0.1 is used", "options ndots:1\n"),
    _file("missing", "is missing, so 127.0.0.1 is used", ""),
    _file("v6", "lists `::1`", "nameserver ::1\n", server=7),
    _file("v6-zone", "lists an IPv6 address with a zone", "nameserver fe80::1%lo\n", server=8),
    _file("v6-zone-number", "lists an IPv6 address with a zone number", "nameserver fe80::1%1\n", server=8),
    _file("v6-loopback-zone", "lists `::1%lo`", "nameserver ::1%lo\n", server=7),
    _file("v6-zone-unknown", "lists an address with an unknown zone first", f"nameserver fe80::1%nowhere\n{_ONE}\n"),
    _file("v6-mapped", "lists an IPv4-mapped IPv6 address", "nameserver ::ffff:127.0.0.1\n"),
    _file("bad-first", "lists a hostname instead of an address first", f"nameserver dns.example\n{_ONE}\n"),
    _file("bad-address", "lists `127.0.0.256` first", f"nameserver 127.0.0.256\n{_ONE}\n"),
    _file("port", "lists an address with a port first, which glibc ignores", f"nameserver 127.0.0.2:5353\n{_ONE}\n"),
    _file("brackets", "lists an address in brackets first, which glibc ignores", f"nameserver [127.0.0.2]\n{_ONE}\n"),
    _file("leading-zeros", "lists an address with leading zeros first", f"nameserver 127.000.000.001\n{_ONE}\n"),
    _file(
        "two-on-a-line",
        "lists two servers on one line; glibc uses the first",
        "nameserver 127.0.0.1 127.0.0.2\n",
    ),
    _file("empty-nameserver", "begins with a `nameserver` line without an address", f"nameserver\n{_ONE}\n"),
    _file("bom", "begins with a byte-order mark and a comment", f"\ufeff# made by an editor\n{_ONE}\n"),
    _file("utf8", "has a comment with non-ASCII characters", f"# Größe\n{_ONE}\n"),
    _file("long-line", "has a comment of 5,000 characters", f"# {'x' * 5000}\n{_ONE}\n"),
    Row(
        "conf-use-vc",
        "`resolv.conf` contains `options use-vc`, and the name server does not answer over UDP",
        {1: tcp(RIGHT, silent)},
        _ANSWER,
        resolv_conf=f"{_ONE}\noptions use-vc\n",
    ),
]

SEARCH = [
    Row(
        "search",
        "the name does not exist, but would exist with the search domain appended",
        {1: _NXDOMAIN},
        (NONE,),
        resolv_conf=f"{_ONE}\nsearch trap.example.net\noptions ndots:5\n",
    ),
    Row(
        "search-nodata",
        "the name has no such record, but would have one with the search domain appended",
        {1: says(authority=[SOA])},
        (NONE,),
        resolv_conf=f"{_ONE}\nsearch trap.example.net\n",
    ),
    Row(
        "search-single",
        "a single-label name does not exist, but would exist with the search domain appended",
        {1: _NXDOMAIN},
        (NONE,),
        name="@",
        resolv_conf=f"{_ONE}\nsearch trap.example.net\n",
    ),
    Row(
        "search-right",
        "search domains are set, and the name exists",
        {1: RIGHT},
        _ANSWER,
        resolv_conf=f"{_ONE}\nsearch trap.example.net a.test b.test\noptions ndots:15\n",
    ),
    Row(
        "search-domain",
        "`domain` is set, and a single-label name exists",
        {1: RIGHT},
        _ANSWER,
        name="@",
        resolv_conf=f"domain trap.example.net\n{_ONE}\n",
    ),
]


def _changed(key: str, does: str, before: str, after: str, *, is_replaced: bool) -> Row:
    right, wrong = says(f"@ 300 A {ADDRESS}"), says(f"@ 300 A {TRAP}")
    return Row(
        f"changed-{key}",
        f"`resolv.conf` {does} while the resolver is in use",
        {1: wrong, 2: right},
        _ANSWER,
        resolv_conf=before,
        resolv_conf_after=after,
        is_replaced=is_replaced,
    )


_TWO = "nameserver 127.0.0.2\n"
CHANGED = [
    _changed("replaced", "is replaced by another file", f"{_ONE}\n", _TWO, is_replaced=True),
    _changed("in-place", "is rewritten in place", f"{_ONE}\n", _TWO, is_replaced=False),
    _changed("appears", "appears", "", _TWO, is_replaced=True),
]
ROWS_RESOLV_CONF = [*LINES, *SEARCH, *CHANGED]
