"""One Synapse, deployed with the files that ``matrix-resolve setup --write`` writes, which a test can change."""

import contextlib
import shutil
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import attrs

from matrix_resolve import ServerNameResolver, default_ssl_context
from matrix_resolve.check import AddressFamilies, CheckReport, check_server
from matrix_resolve.cli import main

from ..addresses import ALL
from ..deployments.servers import homeserver, name_server
from ..real_servers import wait_for
from ..setups.proxies import running_proxy
from .certificates import HOME, MATRIX, NODE, OTHER, exchange, write_certificates
from .old_keys import serving_old_keys

ADDRESSES = ALL[:2]
SYNAPSE, CLIENT_ONLY, OLD_KEYS, NOBODY = 8008, 8009, 8010, 8999
"""The ports behind the proxies.

In this order: the homeserver, its listener without federation, the homeserver with expired keys, and a port on which
nothing listens.
"""
FILES = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg", "caddy": "Caddyfile", "apache": "apache.conf"}
_LISTENERS = """
listeners:
  - {{port: {synapse}, type: http, x_forwarded: true, bind_addresses: ["127.0.0.1"], resources: [{{names: [client, federation]}}]}}
  - {{port: {client}, type: http, x_forwarded: true, bind_addresses: ["127.0.0.1"], resources: [{{names: [client]}}]}}
"""

Edits = Sequence[tuple[str, str]]
"""Pairs of a text and its replacement."""


@attrs.frozen
class SetupCommand:
    """A way in which other servers reach the homeserver.

    Attributes:
        name: The server name.
        options: The options of the command.
        port: The port on which the proxy listens.
    """

    name: str
    options: Sequence[str]
    port: int


WAYS = {
    "well-known": SetupCommand(HOME, ["--at", MATRIX], 443),
    "srv": SetupCommand(HOME, ["--at", f"{NODE}:8443", "--by", "srv"], 8443),
    "port-8448": SetupCommand(HOME, [], 8448),
    "another-name": SetupCommand(OTHER, [], 8448),
}


@attrs.frozen
class Deployment:
    """A deployment: what the command writes, with changes.

    Attributes:
        way: A key of `WAYS`.
        edits: Changes in the proxy's file; CERTIFICATES is replaced with the folder of the certificates.
        records: Changes in the DNS records.
        certificates: Hosts, and the kind of certificate that they have instead of a good one.
        port: The port on which the proxy listens, if it is not the right one; else 0.
    """

    way: str
    edits: Edits = ()
    records: Edits = ()
    certificates: Mapping[str, str] = attrs.field(factory=dict[str, str])
    port: int = 0


def behind(port: int) -> Edits:
    """Return the edits that let the proxy use another port for the homeserver."""
    return [(f"127.0.0.1:{SYNAPSE}", f"127.0.0.1:{port}")]


@contextlib.contextmanager
def serving_synapse(folder: Path) -> Generator[None]:
    """Run Synapse during the block, and write certificates and configurations into *folder*."""
    write_certificates(folder / "certificates")
    for name, way in WAYS.items():
        _write(way, folder / name, folder / "certificates" / "good")
    listeners = _LISTENERS.format(
        synapse=SYNAPSE, client=CLIENT_ONLY
    )  # in YAML, as Synapse reads it, the last of two entries wins
    synapse = folder / "synapse"
    with homeserver(synapse, HOME, SYNAPSE, listeners), serving_old_keys(OLD_KEYS, SYNAPSE, synapse / "signing.key"):
        yield


def _write(way: SetupCommand, folder: Path, certificates: Path) -> None:
    """Run ``matrix-resolve setup --write``."""
    folder.mkdir()
    addresses = [part for address in ADDRESSES for part in ("--address", address)]
    places = ["--certificates", str(certificates), "--web-root", str(folder / "web"), "--write", str(folder)]
    assert main(["setup", way.name, *way.options, *addresses, *places]) == 0


@contextlib.contextmanager
def deployed(deployment: Deployment, proxy: str, folder: Path, testbed: Path) -> Generator[None]:
    """Run a proxy and a name server during the block."""
    shutil.copytree(testbed / deployment.way, folder, dirs_exist_ok=True)
    file = folder / FILES[proxy]
    text = edited(file.read_text(), deployment.edits)
    certificates = testbed / "certificates"
    text = exchange(text, certificates, deployment.certificates).replace("CERTIFICATES", str(certificates))
    file.write_text(text)
    zone = edited((folder / "records.zone").read_text(), deployment.records).splitlines()
    with (
        name_server(folder, (line for line in zone if line and not line.startswith(";"))),
        running_proxy(proxy, folder, [deployment.port or WAYS[deployment.way].port]),
    ):
        yield


def edited(text: str, edits: Edits) -> str:
    """Return *text* with the edits; each text to replace must be in it."""
    for old, new in edits:
        assert old in text, f"{old!r} is not in\n{text}"
        text = text.replace(old, new)
    return text


async def checked(name: str, testbed: Path, *, seconds: float = 8.0) -> CheckReport:
    """Check *name* with a resolver that trusts the authority of the tests."""
    await wait_for(53)
    context = default_ssl_context(str(testbed / "certificates" / "authority.pem"))
    async with ServerNameResolver(ssl_context=context) as resolver:
        return await check_server(resolver, name, request_timeout=seconds, address_families=AddressFamilies())
