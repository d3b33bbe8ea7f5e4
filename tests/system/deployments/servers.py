"""Two real homeservers (Synapse) behind a real nginx and a real HAProxy, with certificates of a private authority.

Each proxy has an address pair for everything, and another address for well-known documents, so the DNS zone decides how
a server name is reached. Its ports are 443 and 8448 as usual, 8449 for SRV records and explicit ports, and 8450 with
only the machine's certificate, which is a common mistake.
"""

import contextlib
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Generator, Iterator
from pathlib import Path

import attrs
import trustme

from ..addresses import ALL
from ..real_servers import UNBOUND, running

SYNAPSE = "synapse_homeserver"
BACKENDS = {"alpha.example": 18008, "beta.example": 18009}
"""The homeservers, and the loopback ports to which the proxies forward requests."""


@attrs.frozen
class Proxy:
    """The addresses of a proxy.

    Attributes:
        v4: Its IPv4 address.
        v6: Its IPv6 address.
        well_known: The address at which it serves well-known documents.
    """

    v4: str
    v6: str
    well_known: str


PROXIES = {"nginx": Proxy(ALL[0], ALL[1], ALL[4]), "haproxy": Proxy(ALL[2], ALL[3], ALL[5])}

_HOMESERVER = """
server_name: {name}
pid_file: {folder}/pid
listeners:
  - {{port: {port}, type: http, tls: false, x_forwarded: true, bind_addresses: ["127.0.0.1"], resources: [{{names: [client, federation]}}]}}
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
trusted_key_servers: []
report_stats: false
macaroon_secret_key: macaroons
form_secret: forms
"""

_NGINX = """
user root;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
{servers}
}}
"""
_NGINX_SERVERS = """
    server {{
        listen {v4}:443 ssl; listen [{v6}]:443 ssl; listen {v4}:8448 ssl; listen [{v6}]:8448 ssl; listen {v4}:8449 ssl; listen [{v6}]:8449 ssl;
        server_name {name} matrix.{name};
        ssl_certificate {folder}/{name}.pem;
        ssl_certificate_key {folder}/{name}.pem;
        location /_matrix {{
            proxy_pass http://127.0.0.1:{port};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto https;
        }}
    }}
    server {{
        listen {v4}:8450 ssl; listen [{v6}]:8450 ssl;
        server_name node.{name};
        ssl_certificate {folder}/node.{name}.pem;
        ssl_certificate_key {folder}/node.{name}.pem;
        location /_matrix {{ proxy_pass http://127.0.0.1:{port}; }}
    }}
    server {{
        listen {well_known}:443 ssl;
        server_name {name};
        ssl_certificate {folder}/{name}.pem;
        ssl_certificate_key {folder}/{name}.pem;
        location = /.well-known/matrix/server {{
            default_type application/json;
            return 200 '{{"m.server": "matrix.{name}:443"}}';
        }}
    }}
"""

_HAPROXY = """
global
    maxconn 1000
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend federation
    bind {v4}:443 ssl crt {folder}/servers
    bind {v6}:443 ssl crt {folder}/servers
    bind {v4}:8448 ssl crt {folder}/servers
    bind {v6}:8448 ssl crt {folder}/servers
    bind {v4}:8449 ssl crt {folder}/servers
    bind {v6}:8449 ssl crt {folder}/servers
    bind {v4}:8450 ssl crt {folder}/machines
    bind {v6}:8450 ssl crt {folder}/machines
    http-request set-header X-Forwarded-Proto https
    option forwardfor
{routes}
frontend well-knowns
    bind {well_known}:443 ssl crt {folder}/servers
{well_knowns}
{backends}
"""
_HAPROXY_ROUTE = """    use_backend {name} if {{ path_beg /_matrix }} {{ hdr(host),field(1,:) -m str {name} matrix.{name} node.{name} }}"""
_HAPROXY_WELL_KNOWN = (
    '    http-request return status 200 content-type application/json string \'{{"m.server": "matrix.{name}:443"}}\' '
    "if {{ path /.well-known/matrix/server }} {{ hdr(host) -m str {name} }}"
)
_HAPROXY_BACKEND = """
backend {name}
    server homeserver 127.0.0.1:{port}
"""


def certify(folder: Path) -> None:
    """Write the authority's certificate, and for each homeserver the certificates of its names and of its machine."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    for kind in ("servers", "machines"):
        (folder / kind).mkdir()
    for name in BACKENDS:
        for kind, file, names in (
            ("servers", name, (name, f"matrix.{name}")),
            ("machines", f"node.{name}", (f"node.{name}",)),
        ):
            authority.issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(str(folder / f"{file}.pem"))
            shutil.copy(folder / f"{file}.pem", folder / kind)


def configure_nginx(folder: Path) -> list[str]:
    """Write the configuration of nginx, and return the command that runs it."""
    proxy = PROXIES["nginx"]
    fields = {"v4": proxy.v4, "v6": proxy.v6, "well_known": proxy.well_known, "folder": folder}
    servers = "".join(_NGINX_SERVERS.format(name=name, port=port, **fields) for name, port in BACKENDS.items())
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, servers=servers))
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def configure_haproxy(folder: Path) -> list[str]:
    """Write the configuration of HAProxy, and return the command that runs it."""
    proxy = PROXIES["haproxy"]
    lines = {
        key: "\n".join(template.format(name=name, port=port) for name, port in BACKENDS.items())
        for key, template in (
            ("routes", _HAPROXY_ROUTE),
            ("well_knowns", _HAPROXY_WELL_KNOWN),
            ("backends", _HAPROXY_BACKEND),
        )
    }
    text = _HAPROXY.format(v4=proxy.v4, v6=proxy.v6, well_known=proxy.well_known, folder=folder, **lines)
    (folder / "haproxy.cfg").write_text(text)
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


@contextlib.contextmanager
def homeserver(folder: Path, name: str, port: int, more: str = "") -> Generator[None]:
    """Run Synapse during the block, with *more* at the end of its configuration."""
    folder.mkdir()
    configuration = folder / "homeserver.yaml"
    configuration.write_text(_HOMESERVER.format(name=name, port=port, folder=folder) + more)
    log = folder / "log"
    with log.open("w") as file:
        subprocess.run([SYNAPSE, "--generate-keys", "-c", configuration], check=True, stdout=file, stderr=file)  # noqa: S603 - no input from outside
        process = subprocess.Popen([SYNAPSE, "-c", configuration], stdout=file, stderr=file)  # noqa: S603 - no input from outside
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/health", process, log)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - loopback
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@contextlib.contextmanager
def deployments(folder: Path) -> Generator[None]:
    """Run both homeservers behind both proxies during the block."""
    certify(folder)
    with contextlib.ExitStack() as stack:
        for name, port in BACKENDS.items():
            stack.enter_context(homeserver(folder / name, name, port))
        stack.enter_context(running(*configure_nginx(folder)))
        stack.enter_context(running(*configure_haproxy(folder)))
        yield


@contextlib.contextmanager
def name_server(folder: Path, lines: Iterator[str]) -> Generator[None]:
    """Run unbound on port 53 with these records during the block."""
    records = "\n".join(f"    local-data: '{line}'" for line in lines)
    configuration = folder / "unbound.conf"
    configuration.write_text(UNBOUND.format(directory=folder, records=records))
    with running("unbound", "-c", str(configuration)):
        yield
