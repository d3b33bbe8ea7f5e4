"""Resolve server names and print their targets.

Without arguments, the names are resolved with fake backends. To resolve real names, pass them as arguments.

python examples/resolve_once.py
python examples/resolve_once.py matrix.org
"""

import asyncio
import sys

from matrix_resolve import AddressPolicy, Outcome, Resolved, ServerNameResolver, Unresolved
from matrix_resolve.testing import FakeDns, FakeHttp

DOCUMENTATION_NETWORKS = ["192.0.2.0/24", "2001:db8::/32"]


def resolver_on_fakes() -> ServerNameResolver:
    """Return a resolver for a small federation that exists only in memory."""
    dns, http = FakeDns(), FakeHttp()
    # example.org delegates to another name and port with a well-known document.
    dns.a("example.org", "192.0.2.1")
    http.well_known("example.org", "matrix.example.org:443")
    dns.aaaa("matrix.example.org", "2001:db8::10")
    dns.a("matrix.example.org", "192.0.2.10")
    # example.com names another host and port with an SRV record.
    dns.a("example.com", "192.0.2.2")
    dns.srv("_matrix-fed._tcp.example.com", "10 0 8443 hs.example.com.")
    dns.a("hs.example.com", "192.0.2.20")
    # example.net does neither.
    dns.a("example.net", "192.0.2.30")
    return ServerNameResolver(dns=dns, http=http, address_policy=AddressPolicy(allow=DOCUMENTATION_NETWORKS))


def show(outcome: Outcome) -> None:
    """Print the targets of a server name, or why there are none."""
    match outcome:
        case Resolved(server_name, resolution):
            delegated = f", delegated to {resolution.delegated}" if resolution.delegated else ""
            print(f"{server_name}: step {resolution.step}{delegated}")
            for target in resolution.targets:
                print(f"  {target.endpoint}  Host: {target.host_header}  TLS name: {target.tls_server_name}")
        case Unresolved(_, error):
            print(f"{error} [{error.code}]")


async def main(names: list[str]) -> int:
    """Resolve *names*, or the names of the fakes if there are no names."""
    async with ServerNameResolver() if names else resolver_on_fakes() as resolver:
        outcomes = await resolver.resolve_all(names or ["example.org", "example.com", "example.net"])
    for outcome in outcomes.values():
        show(outcome)
    return 0 if all(isinstance(outcome, Resolved) for outcome in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
