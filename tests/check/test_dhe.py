"""A server that offers only finite-field Diffie-Hellman key exchange: how the check detects it, and at what cost."""

import asyncio
import ssl

import pytest

from matrix_resolve.check import ConnectionProblem, ProblemCode, ProblemPhase, TargetProbe, Verdict, check_server
from matrix_resolve.check._probes.dhe import accepts_dhe, may_want_dhe
from matrix_resolve.check._probes.tls import unverified_ssl_context
from matrix_resolve.testing import LoopbackFederation, Reply
from matrix_resolve.tls import default_ssl_context, disable_dhe
from tests._support.waiting import settle

from .broken_deployments import NAME, V4, V6, WELL_KNOWN, homeserver
from .dhe_server import dhe_context, dhe_only, say_nothing
from .raw_servers import HANDSHAKE_FAILURE, alert, saying
from .sample_evidence import codes, evidence, target

REFUSED = ConnectionProblem("tls", "the TLS handshake failed: X", "tls", name="SSLV3_ALERT_HANDSHAKE_FAILURE")
SECONDS = 5.0
WARNING = bytes([21, 3, 3, 0, 2, 1, 112])
SERVER_HELLO = bytes([22, 3, 3, 0, 4, 2, 0, 0, 0])


def test_the_lenient_context_has_no_such_suites() -> None:
    """The check uses this context for servers with an invalid certificate. They must not choose how much is calculated."""
    exchanges = [str(dict(suite)["kea"]) for suite in unverified_ssl_context().get_ciphers()]
    assert exchanges
    assert [kea for kea in exchanges if kea.startswith("kx-dhe")] == []


async def test_a_real_server_of_the_kind() -> None:
    async with dhe_only() as place:
        assert await accepts_dhe(place, NAME, SECONDS)
        assert await accepts_dhe(place, "192.0.2.1", SECONDS)


async def test_a_server_that_has_other_suites_only() -> None:
    context = dhe_context()
    context.set_ciphers("kECDHE")
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        assert not await accepts_dhe(server.sockets[0].getsockname()[:2], NAME, SECONDS)


@pytest.mark.parametrize(
    ("said", "accepts"),
    [
        (SERVER_HELLO, True),
        (WARNING + SERVER_HELLO, True),
        (WARNING + alert(HANDSHAKE_FAILURE), False),
        (alert(HANDSHAKE_FAILURE), False),
        (b"HTTP/1.1 400 Bad Request", False),
        (b"", False),
        (b"\x16\x03", False),
        (WARNING * 1000, False),
    ],
)
async def test_what_a_server_says(said: bytes, accepts: bool) -> None:  # noqa: FBT001 - a table
    async with saying(said)() as place:
        assert await accepts_dhe(place, NAME, SECONDS) is accepts


async def test_a_silent_server() -> None:
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        assert not await accepts_dhe(server.sockets[0].getsockname()[:2], NAME, 0.1)
        await settle()


@pytest.mark.parametrize(
    ("code", "during", "name", "may"),
    [
        ("tls", "tls", "SSLV3_ALERT_HANDSHAKE_FAILURE", True),
        ("tls", "tls", "TLSV1_ALERT_INSUFFICIENT_SECURITY", True),
        ("reset", "tls", "", True),
        ("reset", "tcp", "", False),
        ("tls", "tls", "TLSV1_ALERT_PROTOCOL_VERSION", False),
        ("tls", "tls", "TLSV1_UNRECOGNIZED_NAME", False),
        ("not-tls", "tls", "WRONG_VERSION_NUMBER", False),
        ("timeout", "tls", "", False),
    ],
)
def test_after_which_failures(code: ProblemCode, during: ProblemPhase, name: str, may: bool) -> None:  # noqa: FBT001 - a table
    assert may_want_dhe(ConnectionProblem(code, "x", during, name=name)) is may


async def test_two_addresses_are_tried_and_the_others_have_the_same_fault() -> None:
    opened: list[str] = []
    addresses = [f"198.51.100.{number}" for number in range(20, 26)]
    async with LoopbackFederation() as federation, dhe_only() as place:
        homeserver(federation, port=8450, addresses=addresses)

        def connect_to(ip: str, _: int) -> tuple[str, int]:
            opened.append(ip)
            return place

        async with federation.resolver(connect_to=connect_to, ssl_context=default_ssl_context()) as resolver:
            report = await check_server(resolver, f"{NAME}:8450")
    assert ([finding.code for finding in report.findings], report.verdict) == (["tls-dhe-only"], Verdict.NOBODY)
    assert len(opened) == len(addresses) + 2
    assert [probe.accepts_dhe for probe in report.evidence.targets].count(True) == 2


def test_another_port_or_another_failure_is_not_the_same_fault() -> None:
    wants = TargetProbe(target(V4), REFUSED, accepts_dhe=True)
    reset = TargetProbe(target("198.51.100.11"), ConnectionProblem("reset", "closed", "tls"))
    assert codes(evidence(wants, reset)) == ["tls-dhe-only", "connection-reset"]
    assert codes(evidence(wants, TargetProbe(target(V6), REFUSED))) == ["tls-dhe-only"]


async def test_the_web_server_of_the_well_known_document() -> None:
    async with LoopbackFederation() as federation, dhe_only() as place:
        disable_dhe(federation.ssl_context)
        homeserver(federation)
        federation.server(NAME, port=443).reply(WELL_KNOWN, Reply(status=404))

        def connect_to(ip: str, port: int) -> tuple[str, int]:
            return place if port == 443 else federation.connect_to(ip, port)

        async with federation.resolver(connect_to=connect_to) as resolver:
            report = await check_server(resolver, NAME)
    (finding,) = report.findings
    assert (finding.code, report.verdict) == ("tls-dhe-only", Verdict.EVERYBODY)
    assert f"port 443 of {NAME}" in finding.repair


async def test_a_context_of_the_callers_that_has_such_suites() -> None:
    """The connection succeeds, so there is no finding about the key exchange."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("kDHE:kECDHE")
    async with LoopbackFederation() as federation, dhe_only() as place:
        homeserver(federation, port=8450)

        def connect_to(_: str, __: int) -> tuple[str, int]:
            return place

        async with federation.resolver(connect_to=connect_to, ssl_context=context) as resolver:
            report = await check_server(resolver, f"{NAME}:8450", request_timeout=1)
    assert "tls-dhe-only" not in {finding.code for finding in report.findings}
    assert {probe.tls_version for probe in report.evidence.targets} == {"TLSv1.2"}
