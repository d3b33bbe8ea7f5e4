"""All targets of a cached answer fail, and resolving the name again fails, too: the error has the facts of that failure."""

import pytest

from matrix_resolve import ConnectFailed, ResolveError, open_connection
from matrix_resolve.testing import LoopbackFederation


async def test_a_name_that_is_gone_is_not_temporary_and_has_the_time_of_the_next_lookup() -> None:
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        server = federation.server("gone.example")
        await resolver.resolve("gone.example")
        server.stop()
        federation.zone.a("gone.example")
        federation.zone.aaaa("gone.example")
        with pytest.raises(ConnectFailed) as caught:
            await open_connection(resolver, "gone.example")
        with pytest.raises(ResolveError) as next_one:
            await resolver.resolve("gone.example")
    assert {failure.code for failure in caught.value.failures} == {"refused"}
    assert not caught.value.is_temporary
    assert caught.value.retry_at == next_one.value.retry_at is not None
