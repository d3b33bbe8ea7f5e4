"""The specification's algorithm for resolving a Matrix server name, in its order. Only this module decides the step.

The problem: a user is ``@alice:example.org``, but the machine that serves ``example.org`` may have another name, address and port. The domain
can publish this in two ways: in a file at ``https://example.org/.well-known/matrix/server``, which *delegates* to another name, or in DNS SRV
records, which name another host and port. If a server name is an IP address or has a port, no such lookup is needed.

The key observation: once a name has been delegated, the same rules apply to the delegated name, except that its own well-known document is not
fetched (there is no recursion). So there are five rules, each with two numbers, and each is written once:

    rule                             on the server name    on the delegated name
    IP literal                       1                     3.1
    explicit port                    2                     3.2
    SRV _matrix-fed._tcp             4                     3.3
    SRV _matrix._tcp (deprecated)    5                     3.4
    default port 8448                6                     3.5

One rule determines the headers in all cases: ``Host`` is the *effective* name (the delegated name if there is one) as it was written, and the
certificate must be valid for its hostname. An SRV record changes where to connect, but never which certificate to expect: the DNS is not
authenticated, so only a certificate for the requested name proves the identity of the server.

The order has three consequences that implementations often get wrong:

* Only "no valid well-known document" leads from step 3 to 4, and only "no such SRV record" leads from one SRV query to the next. Everything that
  happens later (a host without addresses, a refused connection) ends the resolution or moves to the next target of the same step.
* An explicit port suppresses the SRV lookups. On the server name, it also suppresses the well-known request.
* A domain that publishes the SRV target ``.`` says that it does not offer the service. No later step is tried.

This module does not handle strictness, caching, tracing, addresses and deadlines. The lookups that are passed in do.

This module awaits only its arguments. It imports no event loop, clock, randomness or network, and its tests need none.

Source: Matrix Server-Server API v1.8 and later, "Resolving server names"; RFC 2782.
"""

from typing import Protocol

import attrs

from ..errors import ServiceNotProvided
from ..models import Endpoint, Step
from ..reasons import Reason
from ..server_name import ServerName
from .srv import SrvAnswer

FEDERATION_SERVICE = "_matrix-fed._tcp"
DEPRECATED_SERVICE = "_matrix._tcp"
DEFAULT_PORT = 8448


class DiscoveryLookups(Protocol):
    """The two lookups that discovery makes."""

    async def delegation(self, hostname: str) -> ServerName | None:
        """Return the name that the well-known document of *hostname* delegates to, or None if there is no valid document."""
        ...

    async def srv(self, service: str, hostname: str) -> SrvAnswer:
        """Look up the SRV records of *service* at *hostname*."""
        ...


@attrs.frozen
class Discovery:
    """The result of discovery.

    Attributes:
        step: The step that determines the endpoints.
        effective_name: The name to which the deciding rule was applied. It determines the Host header and the TLS name.
        delegated: The name in the well-known document, or None.
        endpoints: The hosts to look up, lowest priority first. Empty if SRV records exist and none can be used.
        skipped: Why SRV records cannot be used, for the first few of them.
        unusable: How many SRV records cannot be used.
    """

    step: Step
    effective_name: ServerName
    delegated: ServerName | None
    endpoints: tuple[Endpoint, ...]
    skipped: tuple[Reason, ...] = ()
    unusable: int = 0


@attrs.frozen
class StepNumbers:
    """The numbers of the five rules, for one kind of name."""

    ip_literal: Step
    explicit_port: Step
    srv: Step
    deprecated_srv: Step
    default_port: Step


ON_SERVER_NAME = StepNumbers(Step.IP_LITERAL, Step.EXPLICIT_PORT, Step.SRV, Step.DEPRECATED_SRV, Step.DEFAULT_PORT)
ON_DELEGATED = StepNumbers(
    Step.DELEGATED_IP_LITERAL,
    Step.DELEGATED_EXPLICIT_PORT,
    Step.DELEGATED_SRV,
    Step.DELEGATED_DEPRECATED_SRV,
    Step.DELEGATED_DEFAULT_PORT,
)

SKIPPED_LOOKUPS = {
    Step.IP_LITERAL: "no well-known and no SRV: the server name is an IP address",
    Step.EXPLICIT_PORT: "no well-known and no SRV: the server name has a port",
    Step.DELEGATED_IP_LITERAL: "no SRV: the delegated name is an IP address",
    Step.DELEGATED_EXPLICIT_PORT: "no SRV: the delegated name has a port",
    Step.DELEGATED_SRV: f"no {DEPRECATED_SERVICE}: there is a {FEDERATION_SERVICE} record",
    Step.SRV: f"no {DEPRECATED_SERVICE}: there is a {FEDERATION_SERVICE} record",
    Step.OVERRIDE: "no lookup: the caller set the targets",
}
"""Which lookups each step does not make, and why."""


async def discover(server_name: ServerName, lookups: DiscoveryLookups) -> Discovery:
    """Find the step that applies, and the endpoints that it leads to.

    Args:
        server_name: The name to resolve.
        lookups: Makes the two lookups.

    Returns:
        The step, the effective name and the endpoints.

    Raises:
        ServiceNotProvided: If the SRV records say that the service is not offered.

    Source:
        Matrix Server-Server API, "Resolving server names".
    """
    settled = _ip_literal_or_port(server_name, None)  # 1, 2
    if settled is not None:
        return settled
    delegated = await lookups.delegation(server_name.hostname.lower())  # 3
    if delegated is None:
        return await _srv_or_default_port(server_name, None, lookups)  # 4, 5, 6
    return await discover_delegated(delegated, lookups)


async def discover_delegated(delegated: ServerName, lookups: DiscoveryLookups) -> Discovery:
    """Apply steps 3.1 to 3.5 to a delegated name.

    Args:
        delegated: The name in ``m.server``.
        lookups: Makes the SRV lookups; the well-known document is not requested.

    Returns:
        As in `discover`.

    Raises:
        ServiceNotProvided: As in `discover`.
    """
    return _ip_literal_or_port(delegated, delegated) or await _srv_or_default_port(delegated, delegated, lookups)


def _ip_literal_or_port(name: ServerName, delegated: ServerName | None) -> Discovery | None:
    numbers = _numbers(delegated)
    if name.ip is not None:
        return Discovery(numbers.ip_literal, name, delegated, (Endpoint(name.ip, name.port or DEFAULT_PORT),))
    if name.port is None:
        return None
    return Discovery(numbers.explicit_port, name, delegated, (Endpoint(name.tls_server_name, name.port),))


async def _srv_or_default_port(name: ServerName, delegated: ServerName | None, lookups: DiscoveryLookups) -> Discovery:
    numbers, hostname = _numbers(delegated), name.tls_server_name
    for step, service in ((numbers.srv, FEDERATION_SERVICE), (numbers.deprecated_srv, DEPRECATED_SERVICE)):
        answer = await lookups.srv(service, hostname)
        if not answer.provided:
            reason = Reason.of("service-not-provided", record=f"{service}.{hostname}", host=hostname)
            raise ServiceNotProvided(reason, code="service-not-provided", step=step)
        if answer.found:
            return Discovery(step, name, delegated, endpoints_of(answer), answer.skipped, answer.unusable)
    return Discovery(numbers.default_port, name, delegated, (Endpoint(hostname, DEFAULT_PORT),))


def endpoints_of(answer: SrvAnswer) -> tuple[Endpoint, ...]:
    """Return the endpoints that the records of *answer* name, lowest priority first."""
    return tuple(Endpoint(record.target, record.port, record.priority, record.weight) for record in answer.records)


def _numbers(delegated: ServerName | None) -> StepNumbers:
    return ON_SERVER_NAME if delegated is None else ON_DELEGATED
