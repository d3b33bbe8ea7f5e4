"""Deployments with one mistake that does not depend on the proxy: the check reports this mistake and nothing else."""

from pathlib import Path

import attrs
import pytest

from matrix_resolve.check import Verdict

from .certificates import HOME, MATRIX, NODE, OTHER
from .deployment import CLIENT_ONLY, OLD_KEYS, WAYS, Deployment, behind, checked, deployed
from .expected import Expected, assert_told
from .proxy_settings import WWW

_EVERYBODY, _SOME, _NOBODY = Verdict.EVERYBODY, Verdict.SOME, Verdict.NOBODY
_DOCUMENT = f"https://{HOME}/.well-known/matrix/server"
_ELSEWHERE = f'{{"m.server": "{MATRIX}:443"}}'
_STALE = """
server {
    listen 45.77.100.20:443 ssl;
    server_name home.example;
    ssl_certificate CERTIFICATES/good/home.example/fullchain.pem;
    ssl_certificate_key CERTIFICATES/good/home.example/privkey.pem;
    location = /.well-known/matrix/server {
        default_type application/json;
        return 200 '{"m.server": "old.home.example:443"}';
    }
}

server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name matrix.home.example;"""
_MACHINE_OF_NGINX = "\nserver {\n    listen 443 ssl;\n    listen [::]:443 ssl;\n    server_name matrix.home.example;"
_SITE_FOR_EVERYTHING = [
    ("handle /.well-known/matrix/server {", "handle /feed {"),
    (
        f"respond 404\n    }}\n}}\n\n{MATRIX} {{",
        f"respond `<!DOCTYPE html><title>Home</title>` 200\n    }}\n}}\n\n{MATRIX} {{",
    ),
]
_REDIRECTED = [("respond `" + _ELSEWHERE + "`", f"redir https://{WWW}{{uri}} permanent")]
_A = f"{HOME}. 3600 IN A 45.76.2.10"
_AAAA = f"{HOME}. 3600 IN AAAA 2a01:4f8::10"


@attrs.frozen
class Row:
    """A mistake, and what the check reports.

    Attributes:
        proxy: One of the four proxies.
        deployment: The deployment with the mistake.
        expected: The expected report.
    """

    proxy: str
    deployment: Deployment
    expected: Expected


ROWS = {
    "another homeserver": Row(
        "nginx",
        Deployment("another-name"),
        Expected("keys-other-server", _NOBODY, (f'"{HOME}", not {OTHER}', "server_name")),
    ),
    "certificate of the SRV target": Row(
        "haproxy",
        Deployment("srv", certificates={HOME: "of-the-machine"}),
        Expected("certificate-of-srv-target", _NOBODY, (f"{NODE}:8443", f"certificate for {HOME}")),
    ),
    "no site for the server name": Row(
        "caddy",
        Deployment("srv", [(f"{HOME}:8443 {{", f"{NODE}:8443 {{")], certificates={HOME: "of-the-machine"}),
        Expected("tls-name-unknown", _NOBODY, ("port 8443", HOME)),
    ),
    "port closed": Row(
        "nginx",
        Deployment("port-8448", [("8448 ssl", "443 ssl")], port=443),
        Expected("port-refused", _NOBODY, (f"Port 8448 of {HOME}", "listen on port 8448")),
    ),
    "IPv6 dead": Row(
        "haproxy",
        Deployment("port-8448", [("    bind :::8448", "    # bind :::8448")]),
        Expected("ipv6-dead", _EVERYBODY, ("2a01:4f8::10", "AAAA")),
    ),
    "IPv6 dead, with a well-known": Row(
        "nginx",
        Deployment("well-known", [("    listen [::]:443 ssl;\n", "")]),
        Expected("ipv6-dead", _EVERYBODY, ("2a01:4f8::10", "AAAA")),
    ),
    "IPv6 leads to another site": Row(
        "nginx",
        Deployment(
            "well-known", [("listen [::]:443 ssl;\n    server_name home.example;", "server_name home.example;")]
        ),
        Expected("well-known-certificate", _SOME, ("2a01:4f8::10", f"certificate for {HOME} on port 443", MATRIX)),
    ),
    "well-known of one address stale": Row(
        "nginx",
        Deployment("well-known", [(_MACHINE_OF_NGINX, _STALE)], [(_A, f"{_A}\n{HOME}. 3600 IN A 45.77.100.20")]),
        Expected("well-known-differs", _SOME, ("45.77.100.20", "45.76.2.10", HOME)),
    ),
    "HTML instead of JSON": Row(
        "caddy",
        Deployment("well-known", _SITE_FOR_EVERYTHING),
        Expected("well-known-html", _NOBODY, (_DOCUMENT, "m.server")),
    ),
    "well-known missing": Row(
        "apache",
        Deployment("well-known", [("Alias /.well-known/matrix/server ", "Alias /elsewhere ")]),
        Expected("port-refused", _NOBODY, (f"{_DOCUMENT} returns 404", '{"m.server": "HOST:443"}')),
    ),
    "document redirected to a host without address": Row(
        "caddy",
        Deployment("well-known", _REDIRECTED),
        Expected("well-known-redirect-broken", _NOBODY, (_DOCUMENT, WWW)),
    ),
    "document redirected to a host without certificate": Row(
        "caddy",
        Deployment("well-known", _REDIRECTED, [(_A, f"{_A}\n{WWW}. 3600 IN A 45.76.2.10")]),
        Expected("well-known-redirect-broken", _NOBODY, (_DOCUMENT, WWW)),
    ),
    "expired certificate": Row(
        "nginx",
        Deployment("well-known", certificates={MATRIX: "expired"}),
        Expected("certificate-expired", _NOBODY, (f"certificate for {MATRIX} on port 443 has expired", "Renew")),
    ),
    "expired certificate of the well-known": Row(
        "caddy",
        Deployment("well-known", certificates={HOME: "expired"}),
        Expected("well-known-certificate", _NOBODY, (_DOCUMENT, "expired", f"certificate for {HOME}")),
    ),
    "intermediate missing": Row(
        "apache",
        Deployment("port-8448", certificates={HOME: "without-intermediate"}),
        Expected("certificate-chain", _NOBODY, (f"certificate for {HOME} on port 8448", "fullchain.pem")),
    ),
    "self-signed": Row(
        "haproxy",
        Deployment("well-known", certificates={MATRIX: "self-signed"}),
        Expected("certificate-self-signed", _NOBODY, (MATRIX, "Let's Encrypt")),
    ),
    "signing keys expired": Row(
        "caddy",
        Deployment("port-8448", behind(OLD_KEYS)),
        Expected("keys-expired", _NOBODY, ("valid_until_ts", "clock")),
    ),
    "listener without federation": Row(
        "nginx",
        Deployment("well-known", behind(CLIENT_ONLY)),
        Expected("api-no-federation", _NOBODY, ("resources: [client, federation]", "/_matrix/federation")),
    ),
    "Host with a port unknown": Row(
        "haproxy",
        Deployment("well-known", [("{ hdr(host),field(1,:),lower -m str matrix", "{ hdr(host) -m str matrix")]),
        Expected("api-by-other-host", _NOBODY, (f"is {MATRIX}, but", f"Add the name {MATRIX}:443")),
    ),
    "no backend for the Host": Row(
        "haproxy",
        Deployment("well-known", [(f"-m str {MATRIX}", f"-m str chat.{HOME}"), ("    default_backend nowhere\n", "")]),
        Expected("api-backend-down", _NOBODY, ("503", f"Host header {MATRIX}")),
    ),
    "document without a port": Row(
        "nginx",
        Deployment("well-known", [(_ELSEWHERE, f'{{"m.server": "{MATRIX}"}}')]),
        Expected("port-refused", _NOBODY, (f"Port 8448 of {MATRIX}", "without a port", _ELSEWHERE)),
    ),
    "document with a wrong port": Row(
        "caddy",
        Deployment("well-known", [(_ELSEWHERE, f'{{"m.server": "{MATRIX}:8448"}}')]),
        Expected("port-refused", _NOBODY, (f"Port 8448 of {MATRIX}", _DOCUMENT)),
    ),
    "SRV record with a wrong port": Row(
        "apache",
        Deployment("srv", records=[("8443", "8444")]),
        Expected("port-refused", _NOBODY, (f"Port 8444 of {NODE}", "SRV record")),
    ),
    "access rule": Row(
        "nginx",
        Deployment("well-known", [("location /_matrix/ {", "location /_matrix/ {\n        deny all;")]),
        Expected("api-forbidden", _NOBODY, ("403", "access rules")),
    ),
    "plain HTTP": Row(
        "nginx",
        Deployment("port-8448", [("8448 ssl", "8448")]),
        Expected("port-not-tls", _NOBODY, (f"Port 8448 of {HOME}", "plain HTTP", f"certificate for {HOME}")),
    ),
    "another site": Row(
        "caddy",
        Deployment("srv", [("reverse_proxy 127.0.0.1:8008", "respond `<!DOCTYPE html><title>Home</title>` 200")]),
        Expected("api-not-a-homeserver", _NOBODY, ("website", f"Host header {HOME}")),
    ),
}


@pytest.mark.parametrize("row", ROWS)
async def test_what_is_wrong_is_named(row: str, tmp_path: Path, testbed: Path) -> None:
    deployment, expected = ROWS[row].deployment, ROWS[row].expected
    with deployed(deployment, ROWS[row].proxy, tmp_path, testbed):
        report = await checked(WAYS[deployment.way].name, testbed)
    assert_told(report, expected)
