"""Mistakes that operators make in the settings of their proxy, each for all four proxies."""

from .certificates import HOME, NODE
from .deployment import Edits

_ALL_OF_IT = {
    "nginx": "location /_matrix/ {",
    "haproxy": "path_beg /_matrix/ ",
    "caddy": "handle /_matrix/* {",
    "apache": "ProxyPass /_matrix/ http://127.0.0.1:8008/_matrix/ ",
}
WWW = f"www.{HOME}"


def _forwarding_only(part: str) -> dict[str, Edits]:
    return {proxy: [(line, line.replace("/_matrix/", f"/_matrix/{part}/"))] for proxy, line in _ALL_OF_IT.items()}


_REDIRECTED: dict[str, Edits] = {
    "nginx": [("proxy_pass http://127.0.0.1:8008;", f"return 301 https://{WWW}$request_uri;")],
    "haproxy": [
        (
            "    use_backend homeserver",
            f"    http-request redirect prefix https://{WWW} code 301 if {{ path_beg /_matrix/ }}\n    use_backend homeserver",
        )
    ],
    "caddy": [("reverse_proxy 127.0.0.1:8008", f"redir https://{WWW}{{uri}} permanent")],
    "apache": [
        (
            "ProxyPass /_matrix/ http://127.0.0.1:8008/_matrix/ nocanon timeout=600",
            f"Redirect permanent /_matrix/ https://{WWW}/_matrix/",
        )
    ],
}
_PATH_CHANGED: dict[str, Edits] = {
    "nginx": [("proxy_pass http://127.0.0.1:8008;", "proxy_pass http://127.0.0.1:8008/;")],
    "haproxy": [("    server homeserver", "    http-request replace-path /_matrix/(.*) /\\1\n    server homeserver")],
    "caddy": [("handle /_matrix/* {", "handle_path /_matrix/* {")],
    "apache": [("ProxyPass /_matrix/ http://127.0.0.1:8008/_matrix/ ", "ProxyPass /_matrix/ http://127.0.0.1:8008/ ")],
}
_OTHER_NGINX = """server {
    listen 8443 ssl default_server;
    listen [::]:8443 ssl default_server;
    ssl_certificate CERTIFICATES/for-both/home.example/fullchain.pem;
    ssl_certificate_key CERTIFICATES/for-both/home.example/privkey.pem;
    return 404;
}
"""
_OTHER_APACHE = """<VirtualHost *:8443>
    ServerName default.example
    SSLEngine on
    SSLCertificateFile CERTIFICATES/for-both/home.example/fullchain.pem
    SSLCertificateKeyFile CERTIFICATES/for-both/home.example/privkey.pem
</VirtualHost>
"""
_KNOWN_BY_THE_MACHINE_ONLY: dict[str, Edits] = {
    "nginx": [(f"server_name {HOME};", f"server_name {NODE};"), ("server {", f"{_OTHER_NGINX}server {{")],
    "haproxy": [(f"-m str {HOME}", f"-m str {NODE}"), ("    default_backend nowhere\n", "")],
    "caddy": [(f"{HOME}:8443 {{", f"{NODE}:8443 {{")],
    "apache": [
        (f"ServerName {HOME}", f"ServerName {NODE}"),
        ("<VirtualHost *:8443>", f"{_OTHER_APACHE}<VirtualHost *:8443>"),
    ],
}
MISTAKES: dict[str, dict[str, Edits]] = {
    "only client": _forwarding_only("client"),
    "only federation": _forwarding_only("federation"),
    "path changed": _PATH_CHANGED,
    "redirected": _REDIRECTED,
    "known by the machine only": _KNOWN_BY_THE_MACHINE_ONLY,
}
"""The mistakes, and for each proxy the edits that make them."""
