"""How a Matrix server name is resolved: the specification's algorithm, in its order. Nothing else in this library decides a step.

The problem. A user is ``@alice:example.org``, but the machine that serves ``example.org`` may have another name, another address and another
port. The domain can say so in two ways: with a file at ``https://example.org/.well-known/matrix/server`` that *delegates* to another name,
or with DNS SRV records that name another address and port. Names may also be IP addresses, and may come with a port, which settles things
at once.

The insight. Once a name has been delegated, the very same rules apply to the delegated name, except that its own well-known is not
fetched (there is no recursion). So there are five rules, each with two numbers, and each is written once:

    rule                             on the server name    on the delegated name
    IP literal                       1                     3.1
    explicit port                    2                     3.2
    SRV _matrix-fed._tcp             4                     3.3
    SRV _matrix._tcp (deprecated)    5                     3.4
    default port 8448                6                     3.5

And one rule gives all headers: ``Host`` is the *effective* name (the delegated one if there is one) as written, and the certificate must be
valid for its hostname. An SRV record changes where we connect, never whom we expect to find there: the DNS is not authenticated, so only
a certificate for the name that was asked for proves anything.

Three things follow from the order, and are what implementations get wrong:

* Only "no valid well-known" leads from step 3 to 4, and only "no such SRV record" from one SRV question to the next. Everything that
  happens later (a host without addresses, a refused connection) ends the resolution or moves to the next target of the same step.
* An explicit port suppresses SRV, and on the server name also the well-known.
* A domain that publishes the SRV target ``.`` says that it offers no such service; nothing later is tried.

Not done here: leniency, caching, tracing, addresses, deadlines. They live in what is passed in.

Rule 1 of this file: it awaits only what it is given. No event loop, clock, chance or network is imported, and its tests need none.

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
    """The two questions that discovery asks."""

    async def delegation(self, hostname: str) -> ServerName | None:
        """Give the name that the well-known of *hostname* delegates to; None if it does not, for whatever reason."""
        ...

    async def srv(self, service: str, hostname: str) -> SrvAnswer:
        """Ask for the SRV records of *service* at *hostname*."""
        ...


@attrs.frozen
class Discovery:
    """The result of discovery.

    Attributes:
        step: The step that decided.
        effective_name: The name whose rules applied in the end; it determines the Host header and the TLS name.
        delegated: The name in the well-known document, or None.
        endpoints: Where to look for addresses, lowest priority first; empty if SRV records exist and none can be used.
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
    Step.OVERRIDE: "no lookup at all: the caller gave the targets",
}
"""What each step leaves out, and why, for people who look for a lookup that was rightly not made."""


async def discover(server_name: ServerName, lookups: DiscoveryLookups) -> Discovery:
    """Find the step that decides, and the endpoints that it names.

    Args:
        server_name: The name to resolve.
        lookups: Answers the two questions.

    Returns:
        The deciding step, the effective name and the endpoints.

    Raises:
        ServiceNotProvided: If the SRV records say that there is no such service.

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
    """Do steps 3.1 to 3.5 for a name that a well-known gave.

    Args:
        delegated: The name in ``m.server``.
        lookups: Answers the SRV questions; the well-known is not asked for.

    Returns:
        As `discover`.

    Raises:
        ServiceNotProvided: As `discover`.
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
    """Return where the records of *answer* lead, lowest priority first."""
    return tuple(Endpoint(record.target, record.port, record.priority, record.weight) for record in answer.records)


def _numbers(delegated: ServerName | None) -> StepNumbers:
    return ON_SERVER_NAME if delegated is None else ON_DELEGATED
