"""The files that ``matrix-resolve setup`` writes, with each proxy and each way.

The resolver, the clients, curl and Synapse find the homeserver with them.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import attrs
import pytest
import trustme

from matrix_resolve import ServerNameResolver, default_ssl_context
from matrix_resolve.cli import main
from matrix_resolve.setup import DelegationMethod, Plan, plan_setup
from tests._support.federation_clients import CLIENTS, VERSION

from ..addresses import ALL
from ..deployments.servers import homeserver, name_server
from .homeserver import Asked, digest, serving_homeserver
from .proxies import PROXIES, running_proxy

ADDRESSES = ALL[:2]
BACKEND = ("127.0.0.1", 8008)
SYNAPSE_PORT = 18010
ASKER = "asker.example"
_TRUSTING = "federation_custom_ca_list: ['{authority}']\nip_range_blacklist: []\n"


@attrs.frozen
class Setup:
    """The arguments of the command, and how other servers then reach the homeserver."""

    name: str
    options: Sequence[str]
    step: str
    host: str


SETUPS = {
    "well-known": Setup("wk.example", ["--at", "matrix.wk.example"], "3.2", "matrix.wk.example:443"),
    "well-known, another port": Setup(
        "far.example", ["--at", "matrix.far.example:8443"], "3.2", "matrix.far.example:8443"
    ),
    "well-known, itself": Setup("own.example", ["--at", "own.example"], "3.2", "own.example:443"),
    "SRV": Setup("srv.example", ["--at", "node.srv.example:8443", "--by", "srv"], "4", "srv.example"),
    "port 8448": Setup("plain.example", [], "6", "plain.example"),
    "explicit port": Setup("explicit.example:9443", [], "2", "explicit.example:9443"),
}


def plan_of(setup: Setup) -> Plan:
    given = dict(zip(setup.options[::2], setup.options[1::2], strict=True))
    method = DelegationMethod(given["--by"]) if "--by" in given else None
    return plan_setup(setup.name, at=given.get("--at"), method=method, addresses=ADDRESSES)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the certificates, one folder for each hostname, next to the authority's certificate."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    for host in {host for setup in SETUPS.values() for host in plan_of(setup).hosts()}:
        (folder / host).mkdir()
        certificate = authority.issue_cert(host)
        certificate.private_key_pem.write_to_path(str(folder / host / "privkey.pem"))
        for pem in certificate.cert_chain_pems:
            pem.write_to_path(str(folder / host / "fullchain.pem"), append=True)
    return folder


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, certificates: Path) -> dict[str, Path]:
    """For each setup, the folder that the command wrote."""
    folders = {way: tmp_path_factory.mktemp("written") for way in SETUPS}
    for way, setup in SETUPS.items():
        addresses = [part for address in ADDRESSES for part in ("--address", address)]
        places = [
            "--certificates",
            str(certificates),
            "--web-root",
            str(folders[way] / "web"),
            "--write",
            str(folders[way]),
        ]
        assert main(["setup", setup.name, *setup.options, *addresses, *places]) == 0
    return folders


@pytest.fixture(scope="module")
def testbed(
    tmp_path_factory: pytest.TempPathFactory, written: dict[str, Path], certificates: Path
) -> Iterator[list[Asked]]:
    """Run the DNS with all records from the command, the homeserver, and a Synapse that sends requests to it."""
    folder = tmp_path_factory.mktemp("testbed")
    records = [line for path in written.values() for line in (path / "records.zone").read_text().splitlines()]
    more = _TRUSTING.format(authority=certificates / "authority.pem")
    with (
        name_server(folder, (line for line in records if not line.startswith(";"))),
        serving_homeserver(BACKEND) as requests,
        homeserver(folder / "asker", ASKER, SYNAPSE_PORT, more),
    ):
        yield requests


@pytest.fixture(scope="module", params=[(proxy, way) for proxy in PROXIES for way in SETUPS], ids=", ".join)
def setup(request: pytest.FixtureRequest, written: dict[str, Path], testbed: list[Asked]) -> Iterator[Setup]:
    """A setup, with the proxy running."""
    assert testbed is not None, "the servers must run before the proxy"
    proxy, way = request.param
    ports = sorted({site.port for site in plan_of(SETUPS[way]).sites})
    with running_proxy(proxy, written[way], ports):
        yield SETUPS[way]


@pytest.fixture
async def resolver(certificates: Path) -> AsyncIterator[ServerNameResolver]:
    async with ServerNameResolver(ssl_context=default_ssl_context(str(certificates / "authority.pem"))) as resolver:
        yield resolver


async def test_it_is_found_as_planned(setup: Setup, resolver: ServerNameResolver) -> None:
    resolution = await resolver.resolve(setup.name)
    plan = plan_of(setup)
    assert resolution.step == setup.step
    assert {(target.ip, target.port) for target in resolution.targets} == {(ip, plan.port) for ip in ADDRESSES}
    warnings = {warning.code for warning in resolution.warnings}
    assert warnings <= (set() if plan.delegation else {"well-known-failed"}), "an unexpected warning"


UNCHANGED = {
    "a path": VERSION,
    "encoded slashes": "/_matrix/media/v3/download/x.example/a%2Fb%2fc",
    "encoded characters": "/_matrix/federation/v1/state/%21room%3Ax.example%20%C3%A4?event_id=%24event%2Fb%3D&a=b+c",
    "two slashes": "/_matrix/federation/v1/event//x",
    "an encoded per cent": "/_matrix/federation/v1/event/%2525%5c",
    "plain sub-delimiters": "/_matrix/federation/v1/event/$a:b!c(d)*e'f,g;h=i@j~k",
    "a long path": f"/_matrix/federation/v1/event/{'a' * 7000}",
    "a long query": f"/_matrix/federation/v1/backfill/%21r?{'&'.join(f'v=%24{number:043}' for number in range(250))}",
}


@pytest.mark.parametrize("target", UNCHANGED.values(), ids=UNCHANGED)
@pytest.mark.parametrize("client", CLIENTS)
async def test_paths_pass_unchanged(
    client: str, target: str, setup: Setup, resolver: ServerNameResolver, testbed: list[Asked]
) -> None:
    async with CLIENTS[client](resolver) as ask:
        answer = await ask(setup.name, target)
    assert answer.status == 200, answer.body
    assert (testbed[-1].method, testbed[-1].target, testbed[-1].host) == ("GET", target, setup.host)
    assert testbed[-1].forwarded_for in ADDRESSES, "not the address of the client, which is on this machine"
    assert testbed[-1].scheme == "https"


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
@pytest.mark.parametrize("client", CLIENTS)
async def test_large_bodies_pass_unchanged(
    client: str, setup: Setup, resolver: ServerNameResolver, testbed: list[Asked]
) -> None:
    body = os.urandom(1024) * 8 * 1024
    async with CLIENTS[client](resolver) as ask:
        assert (await ask(setup.name, "/_matrix/federation/v1/send/1", method="PUT", body=body)).status == 200
    assert (testbed[-1].method, testbed[-1].size, testbed[-1].digest) == ("PUT", len(body), digest(body))


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/_matrix",
        "/_matrixes/x",
        "/_synapse/admin/v1/server_version",
        "/_matrix/../_synapse/admin",
        "/_matrix/%2e%2E/_synapse/admin",
        "/_matrix/..",
        "/_matrix/..%2f_synapse/admin",
        "/_matrix/%2E%2e%2F_synapse/admin",
        "/.well-known/matrix/support",
    ],
)
async def test_nothing_else_is_forwarded(
    target: str, setup: Setup, resolver: ServerNameResolver, testbed: list[Asked]
) -> None:
    before = len(testbed)
    async with CLIENTS["streams"](resolver) as ask:
        answer = await ask(setup.name, target)
    assert answer.status in {301, 400, 403, 404}
    assert len(testbed) == before


def test_the_document_as_others_see_it(setup: Setup, certificates: Path) -> None:
    """Check the content type, the freshness lifetime, and the response to HEAD."""
    delegation = plan_of(setup).delegation
    if delegation is None:
        return
    url = f"https://{setup.name}/.well-known/matrix/server"
    context = default_ssl_context(str(certificates / "authority.pem"))
    for method, body in (("GET", delegation.document), ("HEAD", "")):
        request = urllib.request.Request(url, method=method)
        with urllib.request.urlopen(request, context=context, timeout=10) as response:  # noqa: S310 - https only
            assert response.read().decode().rstrip("\n") == body
            assert response.headers["Content-Type"] == "application/json"
            assert response.headers["Cache-Control"] == "public, max-age=3600"


def test_the_printed_commands_verify_it(setup: Setup, certificates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command prints what the comment above it says.

    The ``check`` command is left out: it needs a homeserver with keys, and is tested in ``system/checks``.
    """
    authority = certificates / "authority.pem"
    main(["setup", setup.name, *setup.options])
    lines = capsys.readouterr().out.partition("Commands that verify it\n\n")[2].split("\n\n")[0].splitlines()
    for comment, command in zip(lines[::2], lines[1::2], strict=True):
        if command == f"matrix-resolve check {setup.name}":
            continue
        ours = f"{sys.executable} -m matrix_resolve --cafile {authority}"
        done = subprocess.run(  # noqa: S602 - printed by the code under test
            command.replace("matrix-resolve", ours, 1) if command.startswith("matrix-resolve") else command,
            shell=True,
            env={**os.environ, "CURL_CA_BUNDLE": str(authority)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        said = comment.partition('"')[2].partition('"')[0] if command.startswith("matrix-resolve") else ""
        assert comment.startswith("# This prints ")
        assert said in done.stdout


def test_synapse_finds_it(setup: Setup, testbed: list[Asked]) -> None:
    """Synapse's federation client requests the profile of a user of the server."""
    user = f"@user:{setup.name}"
    with urllib.request.urlopen(
        f"http://127.0.0.1:{SYNAPSE_PORT}/_matrix/client/v3/profile/{user}", timeout=60
    ) as response:
        profile = json.loads(response.read())
    assert "/_matrix/federation/v1/query/profile" in profile["displayname"]
    assert (testbed[-1].target, testbed[-1].host) == (profile["displayname"], setup.host)
