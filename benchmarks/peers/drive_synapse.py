"""Measures the classes of Synapse that resolve server names.

They are set up as in a homeserver, and called as its federation agent calls them, without the connection.
"""

# mypy: ignore-errors
# pyright: basic, reportMissingImports=false
# mypy and pyright run without the peer installed.

from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

from synapse.config.server import DEFAULT_IP_RANGE_BLOCKLIST, generate_ip_set
from synapse.crypto.context_factory import FederationPolicyForHTTPS
from synapse.http.client import BlocklistingReactorWrapper
from synapse.http.federation.matrix_federation_agent import MatrixFederationAgent, MatrixHostnameEndpoint
from synapse.http.federation.srv_resolver import SrvResolver
from synapse.logging.context import LoggingContext
from synapse.util.clock import Clock
from twisted.internet import defer, reactor, task
from twisted.internet._resolver import GAIResolver
from twisted.internet.ssl import Certificate, trustRootFromCertificates
from twisted.python.threadpool import ThreadPool
from twisted.web.client import URI

from .driving import Task, measure, read_task, report

NAME = "bench.test"


class _Addresses:
    """Waits for the addresses of a host, as Twisted's endpoints do before they connect."""

    def __init__(self, resolver, host: str) -> None:  # noqa: ANN001 - an object of Twisted
        self.done = defer.Deferred()
        resolver.resolveHostName(self, host)

    def resolutionBegan(self, _) -> None:  # noqa: N802, ANN001 - a method of Twisted's interface
        """Do nothing; the interface requires this method."""

    def addressResolved(self, _) -> None:  # noqa: N802, ANN001 - a method of Twisted's interface
        """Do nothing; the interface requires this method."""

    def resolutionComplete(self) -> None:  # noqa: N802 - a method of Twisted's interface
        """Resume the caller that awaits `done`."""
        self.done.callback(None)


class _Peer:
    def __init__(self, todo: Task) -> None:
        trusted = trustRootFromCertificates([Certificate.loadPEM(Path(todo.authority).read_bytes())])
        tls = SimpleNamespace(
            federation_ca_trust_root=trusted,
            federation_client_minimum_tls_version="1.2",
            federation_verify_certificates=True,
            federation_certificate_verification_whitelist=[],
        )
        blocked = generate_ip_set(DEFAULT_IP_RANGE_BLOCKLIST)
        self._policy = FederationPolicyForHTTPS(SimpleNamespace(tls=tls))
        self._reactor = BlocklistingReactorWrapper(reactor, None, blocked)
        self._services = SrvResolver()
        self._agent = MatrixFederationAgent(
            server_name=NAME,
            reactor=reactor,
            clock=Clock(reactor, server_name=NAME),
            tls_client_options_factory=self._policy,
            user_agent=b"benchmark",
            ip_allowlist=None,
            ip_blocklist=blocked,
            _srv_resolver=self._services,
        )

    async def resolve(self, name: str) -> int:
        """Look up the well-known document, SRV records and addresses, as the agent does for a request."""
        host = name.encode()
        with LoggingContext(name=NAME, server_name=NAME):
            found = await self._agent._well_known_resolver.get_well_known(host)  # noqa: SLF001 - there is no public method
            first, *_ = await self._endpoint(found.delegated_server or host)._resolve_server()  # noqa: SLF001 - there is no public method
        await _Addresses(self._reactor.nameResolver, first.host.decode()).done
        return first.port

    def _endpoint(self, followed: bytes) -> MatrixHostnameEndpoint:
        return MatrixHostnameEndpoint(
            reactor=self._reactor,
            proxy_reactor=reactor,
            tls_client_options_factory=self._policy,
            srv_resolver=self._services,
            proxy_config=None,
            parsed_uri=URI.fromBytes(b"matrix-federation://" + followed + b"/", defaultPort=-1),
        )


def _use_threads_for_addresses() -> None:
    """Resolve addresses in a thread pool of their own, as a homeserver does."""
    threads = ThreadPool(name="gai_resolver")
    threads.start()
    reactor.addSystemEventTrigger("during", "shutdown", threads.stop)
    reactor.installNameResolver(GAIResolver(reactor, getThreadPool=lambda: threads))


def _at_the_same_time(*coroutines) -> defer.Deferred:  # noqa: ANN002 - their type exists only in the environment of Synapse
    return defer.gatherResults([defer.ensureDeferred(coroutine) for coroutine in coroutines])


async def main(todo: Task) -> None:
    """Resolve the names."""
    _use_threads_for_addresses()
    report(await measure(version("matrix-synapse"), _Peer(todo).resolve, todo, _at_the_same_time))


if __name__ == "__main__":
    task.react(lambda _: defer.ensureDeferred(main(read_task())))
