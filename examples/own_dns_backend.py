"""Write your own DNS backend: any object with `lookup`. This one answers from a hosts file.

python examples/own_dns_backend.py
"""

import asyncio
from ipaddress import ip_address

from matrix_resolve import AddressPolicy, DnsAnswer, RecordType, ServerNameResolver
from matrix_resolve.testing import FakeHttp

HOSTS = """
10.0.0.5   hs.lan   # the homeserver
fd00::5    hs.lan
10.0.0.6   other.lan
"""


class HostsFileDns:
    """Answers with the addresses in a hosts file, and has no SRV records."""

    def __init__(self, text: str) -> None:
        self._lines = [words for line in text.splitlines() if (words := line.partition("#")[0].lower().split())]

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        """Answer one DNS query. If there is no such record, the answer is empty."""
        del refresh  # there is no cache to bypass
        version = {"A": 4, "AAAA": 6, "SRV": 0}[record_type]
        found = tuple(ip for ip, *names in self._lines if name in names and ip_address(ip).version == version)
        return DnsAnswer(found, ttl=60, canonical_name=name)


async def main() -> None:
    """Resolve a name in the local network."""
    async with ServerNameResolver(
        dns=HostsFileDns(HOSTS),
        http=FakeHttp(),  # for this example only: no host has a well-known document
        address_policy=AddressPolicy(allow=["10.0.0.0/8", "fd00::/8"]),
    ) as resolver:
        resolution = await resolver.resolve("hs.lan")
        for target in resolution.targets:
            print(target)


if __name__ == "__main__":
    asyncio.run(main())
