"""With aiohttp, a federation URL without a server name that can be read has an error that says so, and keeps a password to itself."""

import pytest
from yarl import URL

from matrix_resolve import ServerNameResolver
from matrix_resolve.clients.aiohttp import InvalidFederationURL, federation_session
from matrix_resolve.testing import FakeDns, FakeHttp


@pytest.mark.parametrize(
    "url",
    [
        "matrix-federation://@a:example.org/x",
        "matrix-federation://[::1/x",
        "matrix-federation:///x",
        "matrix-federation:/x",
        "matrix-federation:x",
        URL("matrix-federation:///x"),
        "matrix-federation://example.org:99999/x",
        "matrix-federation://example.org:abc/x",
        "MATRIX-FEDERATION://u:secret@example.org/x",
        "matrix-federation://u:secret@[::1/x",
        "matrix-federation://u:secret@example.org:99999/x",
        URL("matrix-federation://u:secret@example.org/x"),
    ],
)
async def test_an_unreadable_server_name(url: str | URL) -> None:
    async with ServerNameResolver(dns=FakeDns(), http=FakeHttp()) as resolver, federation_session(resolver) as session:
        with pytest.raises(InvalidFederationURL) as caught:
            await session.get(url)
    error = caught.value
    assert error.code == "invalid-name"
    assert str(error) != str(url)
    assert "secret" not in f"{error} {error!r} {error.__cause__!r}"
