"""The messages of errors have a limit, whatever a domain publishes or a caller passes. The facts stay complete."""

import pytest

from matrix_resolve import ConnectFailed, ConnectionTarget, FederationError, ServerNameResolver
from matrix_resolve._connect.errors import TargetFailure
from matrix_resolve.clients.aiohttp import federation_session

LABEL = "a" * 56


def _failure(number: int) -> TargetFailure:
    host = f"{number:03}.{LABEL}.{LABEL}.{LABEL}.{LABEL}.example"
    target = ConnectionTarget(f"192.0.2.{number}", 8448, host, host, dns_name=host)
    return TargetFailure(target, "certificate-name", f"the certificate is not valid for {host}", OSError())


def test_a_message_has_a_few_of_many_causes_and_the_facts_have_all() -> None:
    failures = [_failure(number) for number in range(60)]
    error = ConnectFailed("a.example", failures)
    assert len(str(error)) < 2_000
    assert str(error).endswith(" and 57 more")
    assert error.failures == tuple(failures)


def test_a_message_has_a_few_of_many_targets_with_the_same_cause() -> None:
    targets = [ConnectionTarget(f"192.0.2.{number}", 8448, "a.example", "a.example") for number in range(40)]
    error = ConnectFailed("a.example", [TargetFailure(target, "refused", "refused", OSError()) for target in targets])
    assert len(str(error)) < 300
    assert len(error.failures) == 40


async def test_a_message_has_the_beginning_of_a_long_url() -> None:
    url = f"matrix-federation://{'a' * 10_000}/"
    async with ServerNameResolver() as resolver, federation_session(resolver) as session:
        with pytest.raises(FederationError) as caught:
            await session.get(url)
    assert len(str(caught.value)) < 1_000
    assert str(getattr(caught.value, "url", "")) == url
