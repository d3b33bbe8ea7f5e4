"""The dnspython backend with unbound, a real name server, over UDP, TLS and HTTPS."""

from pathlib import Path

import pytest

from matrix_resolve.backends import DnsAnswer, RecordType, SrvRecord
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.backends.dnspython import DnspythonBackend
from tests._support.certificates import client_context
from tests._support.encrypted_dns import UNBOUND, unbound_server

ZONE = [
    'local-zone: "example." static',
    'local-data: "example. 600 IN SOA ns.example. hostmaster.example. 1 2 3 4 50"',
    'local-data: "a.example. 77 IN A 192.0.2.1"',
    'local-data: "_matrix-fed._tcp.example. 77 IN SRV 1 2 3 hs.example."',
    'local-data: "alias.example. 40 IN CNAME gone.example."',
    'local-zone: "short.example." static',
    'local-data: "short.example. 20 IN SOA ns.example. hostmaster.example. 1 2 3 4 900"',
    'local-zone: "refused.example." refuse',
]


@pytest.mark.skipif(UNBOUND is None, reason="unbound is not installed")
async def test_unbound(tmp_path: Path) -> None:
    expected: dict[tuple[str, RecordType], DnsAnswer] = {
        ("a.example", "A"): DnsAnswer(("192.0.2.1",), 77, "a.example"),
        ("a.example", "AAAA"): DnsAnswer((), 50, "a.example"),
        ("_matrix-fed._tcp.example", "SRV"): DnsAnswer(
            (SrvRecord(1, 2, 3, "hs.example"),), 77, "_matrix-fed._tcp.example"
        ),
        ("nobody.example", "A"): DnsAnswer((), 50, "nobody.example"),
        ("nobody.short.example", "SRV"): DnsAnswer((), 20, "nobody.short.example"),
        ("alias.example", "A"): DnsAnswer((), 40, "gone.example"),
    }
    async with unbound_server(tmp_path, ZONE) as unbound:
        for nameserver in (
            f"127.0.0.1:{unbound.plain}",
            f"tls://127.0.0.1:{unbound.tls}",
            f"tls://127.0.0.1:{unbound.tls}#dns.example",
            f"https://127.0.0.1:{unbound.https}/dns-query",
            f"https://dns.example:{unbound.https}/dns-query#127.0.0.1",
        ):
            backend = DnspythonBackend([nameserver], make_ssl_context=client_context)
            answers = {question: await backend.lookup(*question) for question in expected}
            assert answers == expected, nameserver
            with pytest.raises(NameServerError, match=r"responds with REFUSED$"):
                await backend.lookup("refused.example", "A")
