"""A host that refuses connections on several addresses: one sentence per cause, and no error numbers."""

import socket

import pytest

from matrix_resolve import AddressPolicy, AiohttpBackend, ServerNameResolver
from matrix_resolve.testing import FakeDns


def _closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.mark.parametrize(
    "addresses", [(["127.0.0.1"], []), (["127.0.0.1"], ["::1"]), (["127.0.0.1", "127.0.0.2"], ["::1"])]
)
async def test_the_cause_is_one_sentence_and_the_url_is_there_once(addresses: tuple[list[str], list[str]]) -> None:
    port = _closed_port()
    dns, url = FakeDns(), "https://a.example/.well-known/matrix/server"
    dns.a("a.example", *addresses[0])
    dns.aaaa("a.example", *addresses[1])
    http = AiohttpBackend(connect_to=lambda ip, _: (ip, port))
    async with ServerNameResolver(dns=dns, http=http, address_policy=AddressPolicy.allow_all()) as resolver:
        resolution = await resolver.resolve("a.example")
    await http.aclose()
    (warning,) = resolution.warnings
    (record,) = [record for record in resolution.trace if record.kind == "http"]
    for text in (warning.message, str(record)):
        assert "Errno" not in text
        assert "Multiple exceptions" not in text
        assert text.count(url) == 1
        assert text.count("connection refused") == 1
