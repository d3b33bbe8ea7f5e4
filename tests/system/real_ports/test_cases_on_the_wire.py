"""The numbered cases over real UDP and TLS on ports 53, 443 and 8448.

The only setting of the resolver is the trusted authority. The tests run in a network namespace (see
`tests.system.test_namespace`). The documentation addresses of the cases become public ones there, so that the default
address policy allows them. Rows that need settings on the resolver are left out.
"""

import re
from collections.abc import Mapping

import pytest

from matrix_resolve import HttpResponse, ResolveError, ServerNameResolver
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests._support.certificates import client_context
from tests._support.https_hosts import Answer, HttpsHosts
from tests._support.zone_lines import LineZone
from tests.spec.test_steps import CASES
from tests.spec.testbed import BASE_ZONE, MAPPED_DOCUMENTATION, Row, shown
from tests.spec.testbed import well_known as well_known_lookups

from ..addresses import ALL, public

NAME_SERVER = "127.0.0.1"
FIRST = "https://example.org/.well-known/matrix/server"


def _shown_on_the_wire(row: Row) -> bool:
    return row.policy is None and row.address_policy is MAPPED_DOCUMENTATION


ROWS = [
    pytest.param(row, id=f"{number}-{index}")
    for number, rows in CASES.items()
    for index, row in enumerate(rows)
    if _shown_on_the_wire(row)
]


def _answers(row: Row) -> dict[str, Answer]:
    answers: dict[str, Answer] = {public(url): _public_answer(answer) for url, answer in row.http.items()}
    if isinstance(row.wk, str):
        answers[FIRST] = HttpResponse(200, (), f'{{"m.server": "{public(row.wk)}"}}'.encode())
    elif row.wk is not None:
        answers[FIRST] = _public_answer(row.wk)
    return answers


def _public_answer(answer: Answer) -> Answer:
    if isinstance(answer, Exception):
        return answer
    return HttpResponse(answer.status, tuple((name, public(value)) for name, value in answer.headers), answer.body)


def _questions(row: Row) -> set[str]:
    """Return the DNS queries that the row allows."""
    return {lookup for lookup in row.asked if not lookup.startswith("GET")}


def _requests(row: Row, answers: Mapping[str, Answer]) -> list[str]:
    """Return the requests that reach a server."""
    urls = [public(lookup.removeprefix("GET ")) for lookup in row.asked if lookup.startswith("GET")]
    unseen = (ConnectionRefusedError, OSError)
    return [
        url
        for url in urls
        if not isinstance(answers.get(url), unseen)
        or isinstance(answers.get(url), (TimeoutError, ConnectionResetError))
    ]


async def _hosts(row: Row, answers: Mapping[str, Answer]) -> HttpsHosts:
    hosts = HttpsHosts(answers)
    if isinstance(row.wk, ConnectionRefusedError):
        return hosts
    for address in ALL:
        await hosts.listen(address, 443)
    await hosts.listen(public("203.0.113.1"), 8443)
    return hosts


@pytest.mark.parametrize("row", ROWS)
async def test_case(row: Row) -> None:
    zone = LineZone([public(line) for line in (*BASE_ZONE, *row.zone)])
    answers = _answers(row)
    hosts = await _hosts(row, answers)
    try:
        async with serve_zone(zone, NAME_SERVER, 53), ServerNameResolver(ssl_context=client_context()) as resolver:
            await _check(row, resolver)
    finally:
        await hosts.aclose()
    assert set(zone.asked) == _questions(row)
    assert hosts.requests == _requests(row, answers)


async def _check(row: Row, resolver: ServerNameResolver) -> None:
    if row.error is not None:
        with pytest.raises(ResolveError) as caught:
            await resolver.resolve(public(row.name))
        assert caught.value.code == row.error
        return
    resolution = await resolver.resolve(public(row.name))
    assert sorted(map(shown, resolution.targets)) == sorted(map(public, row.targets))
    assert [target.priority for target in resolution.targets] == sorted(
        target.priority for target in resolution.targets
    )
    assert resolution.step == row.step


def test_rows() -> None:
    """Most rows can run here."""
    assert len(ROWS) > 150
    assert re.match("AAAA", well_known_lookups("x")[0])
