"""The numbered cases over real DNS, TLS and HTTP.

The tests compare what the servers *saw*: queries, requests, Host and TLS name. Then each client makes a request to the name.

The rows come from `tests.spec`. The resolver of a row gets the same settings here, except that it waits less.
"""

import asyncio
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import attrs
import pytest

from matrix_resolve import ConnectionTarget, HttpResponse, ResolveError, ResolverPolicy, ServerNameResolver
from matrix_resolve.testing import LoopbackFederation, LoopbackServer, Reply
from tests._support.federation_clients import CLIENTS, NOT_REACHED, Ask, why
from tests._support.zone_lines import add_lines
from tests.spec import test_chance, test_identifiers
from tests.spec.test_steps import CASES
from tests.spec.testbed import BASE_ZONE, Row, shown

from . import test_caching_and_connecting as caching_and_connecting

FIRST = "https://example.org/.well-known/matrix/server"
PATH = "/_matrix/federation/v1/version"
HTTPS = 443
ROWS = [pytest.param(row, id=f"{number}-{index}") for number, rows in CASES.items() for index, row in enumerate(rows)]
NOT_SHOWN = {
    **dict.fromkeys(test_chance.CASES, "statistical: thousands of orderings without a lookup"),
    **dict.fromkeys(test_identifiers.CASES, "no name is resolved"),
    **dict.fromkeys(test_identifiers.ERRORS, "no name is resolved"),
}


def _answers(row: Row) -> dict[str, HttpResponse | Exception]:
    """Return the response for each URL of the row; a URL that is requested without a response gets 404."""
    asked = [lookup.removeprefix("GET ") for lookup in row.asked if lookup.startswith("GET")]
    answers: dict[str, HttpResponse | Exception] = dict.fromkeys(asked, HttpResponse(404))
    answers.update(row.http)
    if isinstance(row.wk, str):
        answers[FIRST] = HttpResponse(200, (), f'{{"m.server": "{row.wk}"}}'.encode())
    elif row.wk is not None:
        answers[FIRST] = row.wk
    return answers


def _addresses(host: str, lines: list[str]) -> list[str]:
    """Return the addresses of *host* in the zone, after its aliases."""
    if host.replace(".", "").isdigit() or ":" in host:
        return [host]
    records = [line.split(" ", 2) for line in lines]
    alias = next((data for name, kind, data in records if kind == "CNAME" and name.lower() == host), None)
    if alias is not None:
        return _addresses(alias.lower(), lines)
    return [
        data for name, kind, data in records if kind in {"A", "AAAA"} and name.lower() == host and not data.isupper()
    ]


def _set_up(federation: LoopbackFederation, row: Row) -> None:
    lines = [*BASE_ZONE, *row.zone]
    for url, answer in _answers(row).items():
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        addresses = _addresses(host, lines)
        if addresses:
            server = federation.server(host, port=parts.port or HTTPS, addresses=addresses)
            _serve(server, parts._replace(scheme="", netloc="").geturl() or "/", answer)
    federation.zone.clear()
    add_lines(federation.zone, *lines)


def _serve(server: LoopbackServer, path: str, answer: HttpResponse | Exception) -> None:
    if isinstance(answer, HttpResponse):
        server.reply(path, Reply(status=answer.status, headers=answer.headers, body=answer.body))
    elif isinstance(answer, TimeoutError):
        server.stop("hang")
    elif isinstance(answer, ssl.SSLError):
        server.present(server.names, "unknown-issuer")
    elif isinstance(answer, ConnectionResetError):
        server.reply(path, Reply(body=b"half", cut_after=2))
    else:
        server.stop()


def _requests(row: Row) -> list[str]:
    """Return the URLs of the requests that reach a server."""
    answers = _answers(row)
    urls = [lookup.removeprefix("GET ") for lookup in row.asked if lookup.startswith("GET")]
    return [url for url in urls if isinstance(answers[url], (HttpResponse, ConnectionResetError))]


def _impatient(policy: ResolverPolicy | None) -> ResolverPolicy:
    """Return the policy with short timeouts, because here only lookups that never end take long."""
    return attrs.evolve(policy or ResolverPolicy(), well_known_timeout=1.0, dns_timeout=1.0)


@pytest.mark.parametrize("row", ROWS)
async def test_case(row: Row) -> None:
    async with LoopbackFederation() as federation:
        _set_up(federation, row)
        options = {"policy": _impatient(row.policy), "address_policy": row.address_policy, "random": lambda: 0.0}
        async with federation.resolver(**options) as resolver:
            targets = await _check_resolution(row, resolver)
            assert set(federation.seen.questions) == {lookup for lookup in row.asked if not lookup.startswith("GET")}
            assert federation.seen.urls == _requests(row)
            await _check_requests(federation, resolver, targets)
            for client in CLIENTS.values():
                async with client(resolver) as ask:
                    await _check_client(row, federation, ask)


async def _check_resolution(row: Row, resolver: ServerNameResolver) -> tuple[ConnectionTarget, ...]:
    if row.error is not None:
        with pytest.raises(ResolveError) as caught:
            await resolver.resolve(row.name)
        assert caught.value.code == row.error
        return ()
    resolution = await resolver.resolve(row.name)
    assert [shown(target) for target in resolution.targets] == list(row.targets)
    assert resolution.step == row.step
    return resolution.targets


async def _check_requests(
    federation: LoopbackFederation, resolver: ServerNameResolver, targets: tuple[ConnectionTarget, ...]
) -> None:
    """A server with a certificate only for the TLS name receives the request to each target, with the right Host."""
    for target in targets:
        federation.server(target.ip, port=target.port, names=[target.tls_server_name]).start()
        federation.seen.clear()
        assert await _ask(resolver, target) == b"HTTP/1.1 200 OK"
        (request,) = federation.seen.requests
        is_ip = target.dns_name is None and target.tls_server_name == target.ip
        assert (request.host, request.ip, request.port) == (target.host_header, target.ip, target.port)
        assert [seen.tls_name for seen in federation.seen.handshakes] == [None if is_ip else target.tls_server_name]


async def _check_client(row: Row, federation: LoopbackFederation, ask: Ask) -> None:
    """The request of a client reaches a target with its Host and TLS name, or fails with the error of the row."""
    federation.seen.clear()
    if row.error is not None:
        with pytest.raises(NOT_REACHED) as caught:
            await ask(row.name)
        assert why(caught.value).code == row.error
        assert federation.seen.handshakes == []
        return
    assert (await ask(row.name)).status == 200
    (request,) = federation.seen.requests
    place = f"[{request.ip}]:{request.port}" if ":" in request.ip else f"{request.ip}:{request.port}"
    identity = f"ip:{request.ip}" if request.tls_name is None else f"dns:{request.tls_name}"
    assert f"{place} | {request.host} | {identity}" in row.targets
    assert federation.seen.questions == []


async def _ask(resolver: ServerNameResolver, target: ConnectionTarget) -> bytes:
    assert resolver.connect_to is not None
    reader, writer = await asyncio.open_connection(
        *resolver.connect_to(target.ip, target.port),
        ssl=await resolver.load_ssl_context(),
        server_hostname=target.tls_server_name,
    )
    writer.write(f"GET {PATH} HTTP/1.1\r\nHost: {target.host_header}\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).split(b"\r\n")[0]
    writer.close()
    await writer.wait_closed()
    return answer


def _numbers() -> Iterator[int]:
    yield from CASES
    yield from caching_and_connecting.SHOWN
    yield from NOT_SHOWN


def test_every_case_is_shown_or_has_a_reason() -> None:
    assert sorted(_numbers()) == list(range(1, 167))
