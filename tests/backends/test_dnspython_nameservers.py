"""The spellings of name servers that the dnspython backend accepts and refuses."""

import ssl
import subprocess
import sys

import pytest

from matrix_resolve._util.argument_checks import shown
from matrix_resolve.backends._dnspython.https import OverHttps
from matrix_resolve.backends._dnspython.nameservers import parse_any_nameserver
from matrix_resolve.backends._dnspython.transports import LazyContext, NameServer, OverTls, Plain
from matrix_resolve.backends.dnspython import DnspythonBackend

TLS, HTTPS = LazyContext(ssl.create_default_context), LazyContext(ssl.create_default_context)


@pytest.mark.parametrize(
    ("text", "nameserver"),
    [
        ("192.0.2.53", Plain("192.0.2.53", 53)),
        ("192.0.2.53:5353", Plain("192.0.2.53", 5353)),
        ("2001:db8::53", Plain("2001:db8::53", 53)),
        ("[2001:DB8:0::53]", Plain("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", Plain("2001:db8::53", 5353)),
        ("fe80::53%eth0", Plain("fe80::53%eth0", 53)),
        ("[fe80::53%eth0]:5353", Plain("fe80::53%eth0", 5353)),
        ("tls://192.0.2.53", OverTls("192.0.2.53", 853, "192.0.2.53", TLS)),
        ("tls://192.0.2.53:8853", OverTls("192.0.2.53", 8853, "192.0.2.53", TLS)),
        ("tls://192.0.2.53#DNS.example", OverTls("192.0.2.53", 853, "dns.example", TLS)),
        ("tls://[2001:db8::53]:853#dns.example", OverTls("2001:db8::53", 853, "dns.example", TLS)),
        ("tls://[2001:db8::53]", OverTls("2001:db8::53", 853, "2001:db8::53", TLS)),
        ("https://192.0.2.53/dns-query", OverHttps("https://192.0.2.53/dns-query", "192.0.2.53", HTTPS)),
        ("https://[2001:db8::53]/q", OverHttps("https://[2001:db8::53]/q", "2001:db8::53", HTTPS)),
        ("https://dns.example/q?x=1#192.0.2.53", OverHttps("https://dns.example/q?x=1", "192.0.2.53", HTTPS)),
        ("https://dns.example:8443/q#2001:db8::53", OverHttps("https://dns.example:8443/q", "2001:db8::53", HTTPS)),
    ],
)
def test_name_server(text: str, nameserver: NameServer) -> None:
    assert parse_any_nameserver(text, TLS, HTTPS) == nameserver


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *[
            (text, "is not an IP address")
            for text in (
                "",
                " ",
                "localhost",
                "dns.example",
                "192.0.2.53:0",
                "192.0.2.53:99999",
                "192.0.2.53 ",
                "127.1",
                "192.0.2.53%eth0",
                "192.0.2.53#dns.example",
                "udp://192.0.2.53",
                "TLS://192.0.2.53",
                "http://192.0.2.53/dns-query",
                "tls://dns.example",
                "tls://",
                "tls://192.0.2.53/dns-query",
                "tls://fe80::53%eth0",
            )
        ],
        *[
            (text, "is the unspecified address")
            for text in (
                "0.0.0.0",
                "[::]:53",
                "tls://0.0.0.0#dns.example",
                "https://dns.example/q#::",
                "https://0.0.0.0/q",
            )
        ],
        *[
            (text, "needs a valid hostname after the #")
            for text in ("tls://192.0.2.53#", "tls://192.0.2.53#dns.example:853", "tls://192.0.2.53#a b")
        ],
        *[
            (text, "is not an https URL")
            for text in (
                "https://",
                "https:///dns-query#192.0.2.53",
                "https://user@dns.example/q#192.0.2.53",
                "https://dns.example:0/q#192.0.2.53",
                "https://dns.example:99999/q#192.0.2.53",
                "https://[::1/q",
                "https://dns.example/a b#192.0.2.53",
                "https://dns.example/\n#192.0.2.53",
                "https://dns.example/é#192.0.2.53",
                "https://münchen.example/q#192.0.2.53",
            )
        ],
        *[
            (text, "needs the IP address of")
            for text in (
                "https://dns.example/q",
                "https://dns.example/q#",
                "https://dns.example/q#other.example",
                "https://dns.example/q#192.0.2.53:443",
                "https://192.0.2.53/q#192.0.2.54",
            )
        ],
    ],
)
def test_what_is_no_name_server_is_quoted(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        DnspythonBackend(["192.0.2.53", text])
    assert shown(text) in str(caught.value)


def test_none_is_not_the_same_as_no_name_servers() -> None:
    DnspythonBackend()
    with pytest.raises(ValueError, match=r"^nameservers is empty; leave it out"):
        DnspythonBackend([])
    with pytest.raises(TypeError, match=r'^nameservers is the single string "tls://192\.0\.2\.53"; pass a list'):
        DnspythonBackend("tls://192.0.2.53")


def test_without_the_packages_for_https_the_rest_works() -> None:
    code = (
        "import sys; sys.modules.update({'h2': None})\n"
        "from matrix_resolve.backends.dnspython import DnspythonBackend\n"
        "DnspythonBackend(['192.0.2.53', 'tls://192.0.2.53'])\n"
        "DnspythonBackend(['https://192.0.2.53/dns-query'])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - no input from outside
    assert run.stderr.splitlines()[-1] == (
        'ImportError: packages for DNS over HTTPS are not installed; install them with: pip install "matrix-resolve[dnspython]"'
    )
    assert "line 4" in run.stderr
