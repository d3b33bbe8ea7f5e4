"""The installed library with a real name server and a real web server: unbound and nginx, with a private authority.

Run it in a network namespace: ``ADDRESSES="45.76.2.10 2a01:4f8::10" tests/system/namespace.sh python -m
tests.system.real_servers``. It resolves a delegated, an SRV and a plain name, requests
``/_matrix/federation/v1/version`` from each, and prints the responses.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import trustme

from matrix_resolve import ServerNameResolver, default_ssl_context, open_connection

from .addresses import NGINX_ADDRESSES

HOSTS = ("delegated.example", "matrix.example", "srv.example", "node.example", "plain.example")
EXPECTED = {
    "delegated.example": ("3.2", "443", "matrix.example:443"),
    "srv.example": ("4", "8443", "srv.example"),
    "plain.example": ("6", "8448", "plain.example"),
    "PLAIN.example:8443": ("2", "8443", "PLAIN.example:8443"),
}

UNBOUND = """
server:
    interface: 127.0.0.1
    do-daemonize: no
    use-syslog: no
    chroot: ""
    username: ""
    pidfile: "{directory}/unbound.pid"
    local-zone: "example." static
{records}
remote-control:
    control-enable: no
"""

NGINX = """
user root;
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log stderr warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
    uwsgi_temp_path {directory}; scgi_temp_path {directory};
    default_type application/json;
{servers}
}}
"""

NGINX_SERVER = """
    server {{
        listen 443 ssl; listen [::]:443 ssl; listen 8443 ssl; listen [::]:8443 ssl; listen 8448 ssl; listen [::]:8448 ssl;
        server_name {host};
        ssl_certificate {directory}/{host}.pem;
        ssl_certificate_key {directory}/{host}.key;
        location = /_matrix/federation/v1/version {{
            return 200 '{{"server": {{"name": "{host}", "version": "$server_port $http_host"}}}}';
        }}
        {well_known}
        location / {{ return 404; }}
    }}
"""
WELL_KNOWN = """location = /.well-known/matrix/server { return 200 '{"m.server": "matrix.example:443"}'; }"""


def configure(directory: Path) -> None:
    """Write configurations, certificates and keys."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(directory / "authority.pem"))
    for host in HOSTS:
        certificate = authority.issue_cert(host)
        certificate.private_key_pem.write_to_path(str(directory / f"{host}.key"))
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(str(directory / f"{host}.pem"), append=True)
    v4, v6 = NGINX_ADDRESSES
    data = [f"{host}. 300 IN {kind} {ip}" for host in HOSTS for kind, ip in (("A", v4), ("AAAA", v6))]
    data.append("_matrix-fed._tcp.srv.example. 300 IN SRV 10 5 8443 node.example.")
    records = "\n".join(f"    local-data: '{line}'" for line in data)
    (directory / "unbound.conf").write_text(UNBOUND.format(directory=directory, records=records))
    servers = (
        NGINX_SERVER.format(
            directory=directory, host=host, well_known=WELL_KNOWN if host == "delegated.example" else ""
        )
        for host in HOSTS
    )
    (directory / "nginx.conf").write_text(NGINX.format(directory=directory, servers="".join(servers)))


@contextlib.contextmanager
def running(*command: str) -> Generator[None]:
    """Run a server during the block."""
    process = subprocess.Popen(command)  # noqa: S603 - no input from outside
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


async def wait_for(port: int) -> None:
    """Wait until something listens on *port* of the loopback address."""
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def version(resolver: ServerNameResolver, server_name: str) -> dict[str, str]:
    """Request the version of a server over a connection from `open_connection`."""
    reader, writer, target = await open_connection(resolver, server_name)
    request = f"GET /_matrix/federation/v1/version HTTP/1.1\r\nHost: {target.host_header}\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    response = await reader.read()
    writer.close()
    answer: dict[str, dict[str, str]] = json.loads(response.partition(b"\r\n\r\n")[2])
    return answer["server"]


async def check(directory: Path) -> None:
    """Resolve each name and request its version.

    Raises:
        SystemExit: If an answer is not the expected one.
    """
    await wait_for(53)
    await wait_for(443)
    async with ServerNameResolver(ssl_context=default_ssl_context(str(directory / "authority.pem"))) as resolver:
        for name, (step, port, host) in EXPECTED.items():
            resolution = await resolver.resolve(name)
            answer = await version(resolver, name)
            print(f"{resolution}\n    answered: {answer}")
            if (resolution.step, answer["version"]) != (step, f"{port} {host}"):
                sys.exit(f"{name}: expected step {step}, port {port} and Host {host}")


def main() -> None:
    """Start the servers, run the check, and stop the servers."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        configure(directory)
        unbound = running("unbound", "-c", str(directory / "unbound.conf"))
        nginx = running("nginx", "-c", str(directory / "nginx.conf"), "-e", "stderr")
        with unbound, nginx:
            asyncio.run(check(directory))


if __name__ == "__main__":
    main()
