"""All targets of a cached answer fail, and the name is resolved again: whether the error is temporary if that fails, too."""

import pytest

from matrix_resolve import ConnectFailed, open_connection
from matrix_resolve.testing import FakeClock, LoopbackFederation


async def test_a_temporary_failure_of_the_dns_makes_the_error_temporary() -> None:
    """The cached answer expires during the attempts, and the name servers do not answer any more."""
    clock = FakeClock()
    async with LoopbackFederation() as federation:
        federation.srv("a.example", "node.example", 8443)
        federation.server("node.example", port=8443, names=["other.example"])

        def connect_to(ip: str, port: int) -> tuple[str, int]:
            clock.advance(100_000)
            return federation.connect_to(ip, port)

        async with federation.resolver(clock=clock, connect_to=connect_to) as resolver:
            await resolver.resolve("a.example")
            for record_type in ("A", "AAAA"):
                federation.zone.fail("node.example", record_type)
            with pytest.raises(ConnectFailed) as caught:
                await open_connection(resolver, "a.example")
    error = caught.value
    assert {failure.code for failure in error.failures} == {"certificate-name"}
    assert "resolving the name again failed" in str(error)
    assert (error.is_temporary, error.out_of_time) == (True, False)


async def test_an_answer_without_targets_does_not() -> None:
    """The domain says that it offers no federation any more, and its old target needs another certificate."""
    async with LoopbackFederation() as federation, federation.resolver() as resolver:
        federation.srv("a.example", "node.example", 8443)
        federation.server("node.example", port=8443, names=["other.example"])
        await resolver.resolve("a.example")
        federation.zone.srv("_matrix-fed._tcp.a.example", "0 0 0 .")
        with pytest.raises(ConnectFailed) as caught:
            await open_connection(resolver, "a.example")
    assert {failure.code for failure in caught.value.failures} == {"certificate-name"}
    assert not caught.value.is_temporary
