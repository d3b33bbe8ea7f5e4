"""A resolver with overrides on the fakes of a testbed."""

from collections.abc import Mapping, Sequence
from typing import Any

from matrix_resolve import (
    Override,
    ServerNameResolver,
)
from tests.spec.testbed import (
    Testbed,
)

HostOverrides = Mapping[str, str | Sequence[str]]
NO_HOSTS: HostOverrides = {}
PRIVATE = "10.0.0.5"  # the address policy refuses it if the DNS returns it


def overriding(
    testbed: Testbed,
    overrides: Mapping[str, Override] | None = None,
    host_overrides: HostOverrides = NO_HOSTS,
    **more: Any,
) -> ServerNameResolver:
    return ServerNameResolver(
        dns=testbed.dns,
        http=testbed.http,
        overrides=overrides,
        host_overrides=host_overrides,
        clock=testbed.clock,
        random=lambda: 0.0,
        **more,
    )
