"""Overrides with each client: which Host and certificate a real server sees, and that an error names the override."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest

from matrix_resolve import AppliedOverride, DelegateTo, UseAddresses
from matrix_resolve.testing import FakeDns, LoopbackFederation, Reply
from tests._support.federation_clients import CLIENTS, NOT_REACHED, why

EVERY_CLIENT = pytest.mark.parametrize("client", CLIENTS)
ELSEWHERE = "10.0.0.5"  # not in the zone, and the address policy would refuse it


@attrs.frozen(kw_only=True)
class Row:
    """Overrides of a.example, and the request that arrives at a server at `ELSEWHERE` with a certificate for *names*."""

    options: Mapping[str, Any]
    names: Sequence[str] = ("a.example",)
    port: int = 8448
    host: str = "a.example"
    tls_name: str = "a.example"


ROWS = {
    "an address and a port": Row(options={"overrides": {"a.example": (ELSEWHERE, 8449)}}, port=8449),
    "the second of two addresses": Row(options={"overrides": {"a.example": UseAddresses("10.0.0.4", ELSEWHERE)}}),
    "another name": Row(
        options={"overrides": {"a.example": DelegateTo(f"{ELSEWHERE}:443")}},
        names=(ELSEWHERE,),
        port=443,
        host=f"{ELSEWHERE}:443",
        tls_name="",  # no SNI for an address
    ),
    "another name at another address": Row(
        options={
            "overrides": {"a.example": DelegateTo("hs.example:443")},
            "host_overrides": {"hs.example": ELSEWHERE},
        },
        names=("hs.example",),
        port=443,
        host="hs.example:443",
        tls_name="hs.example",
    ),
    "a host": Row(options={"host_overrides": {"a.example": ELSEWHERE}}),
}


@EVERY_CLIENT
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_requests_arrive_with_the_host_and_certificate_of_the_override(client: str, row: Row) -> None:
    async with LoopbackFederation() as federation:
        federation.server(ELSEWHERE, port=row.port, names=row.names)
        async with federation.resolver(dns=FakeDns(), **row.options) as resolver, CLIENTS[client](resolver) as ask:
            assert (await ask("a.example")).status == 200
        (request,) = federation.seen.requests
    assert (request.ip, request.host, request.tls_name or "") == (ELSEWHERE, row.host, row.tls_name)


@EVERY_CLIENT
async def test_the_well_known_request_goes_to_the_host_override_too(client: str) -> None:
    async with LoopbackFederation() as federation:
        federation.server(ELSEWHERE, port=443, names=["a.example"]).reply(
            "/.well-known/matrix/server", Reply.json({"m.server": "hs.example:1"})
        )
        federation.server("10.0.0.6", port=1, names=["hs.example"])
        hosts = {"a.example": ELSEWHERE, "hs.example": "10.0.0.6"}
        async with (
            federation.resolver(dns=FakeDns(), host_overrides=hosts) as resolver,
            CLIENTS[client](resolver) as ask,
        ):
            assert (await ask("a.example")).status == 200
        seen = [(request.ip, request.host, request.tls_name) for request in federation.seen.requests]
    assert seen == [(ELSEWHERE, "a.example", "a.example"), ("10.0.0.6", "hs.example:1", "hs.example")]


WRONG: dict[str, tuple[Mapping[str, Any], AppliedOverride]] = {
    "a name": (
        {"overrides": {"a.example": (ELSEWHERE, 8448)}},
        AppliedOverride("overrides", "a.example", f'UseAddresses("{ELSEWHERE}", port=8448)'),
    ),
    "a host": ({"host_overrides": {"a.example": ELSEWHERE}}, AppliedOverride("host_overrides", "a.example", ELSEWHERE)),
}


@EVERY_CLIENT
@pytest.mark.parametrize(("options", "applied"), WRONG.values(), ids=WRONG)
async def test_the_certificate_must_be_for_the_server_name_and_the_error_names_the_override(
    client: str, options: Mapping[str, Any], applied: AppliedOverride
) -> None:
    async with LoopbackFederation() as federation:
        federation.server(ELSEWHERE, names=["other.example"])
        async with federation.resolver(dns=FakeDns(), **options) as resolver, CLIENTS[client](resolver) as ask:
            for _ in range(2):
                with pytest.raises(NOT_REACHED) as caught:
                    await ask("a.example")
                error = why(caught.value)
                assert ([failure.code for failure in error.failures], error.overrides) == (
                    ["certificate-name"],
                    (applied,),
                )
                assert str(applied) in str(error)
                assert getattr(caught.value, "overrides", None) == (applied,)
        assert federation.seen.requests == []
