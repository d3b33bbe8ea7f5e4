"""A resolver that records which targets were reported as failed, and servers for those targets."""

from collections.abc import Callable

from matrix_resolve import AddressPolicy, ConnectionTarget, ServerNameResolver
from matrix_resolve._engine.failed_targets import FailurePhase
from matrix_resolve.testing import LoopbackFederation, LoopbackServer
from tests.spec.testbed import DOCUMENTATION_NETWORKS


class ReportingResolver(ServerNameResolver):
    """A resolver in a federation. `reported` lists the addresses and ports that were reported as failed, in order."""

    def __init__(self, federation: LoopbackFederation) -> None:
        super().__init__(
            nameservers=[federation.nameserver],
            ssl_context=federation.ssl_context,
            connect_to=federation.connect_to,
            address_policy=AddressPolicy(allow=DOCUMENTATION_NETWORKS),
            random=lambda: 0.999,  # keeps records of equal priority and weight in their original order
        )
        self.reported: list[str] = []
        self.reported_during: list[FailurePhase] = []
        self.when_reported: Callable[[], object] | None = None

    def report_failure(self, target: ConnectionTarget, *, during: FailurePhase = "tls") -> None:
        self.reported.append(target.endpoint)
        self.reported_during.append(during)
        super().report_failure(target, during=during)
        if self.when_reported is not None:
            self.when_reported()


def servers(federation: LoopbackFederation, name: str, *priorities: int) -> list[LoopbackServer]:
    """Set up a server with its own port for each of *priorities*, and an SRV record of *name* that leads to it."""
    made = list[LoopbackServer]()
    for number, priority in enumerate(priorities, 1):
        host, ip = f"node{number}.{name}", f"203.0.113.{number}"
        made.append(federation.server(ip, port=1000 + number, names=[name]))
        federation.zone.a(host, ip)
        federation.srv(name, host, 1000 + number, priority=priority)
    return made
