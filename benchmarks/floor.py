"""The *floor*: code on aiodns and aiohttp that makes the necessary queries and requests and checks nothing."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from http import HTTPStatus
from ssl import SSLContext
from typing import Any

import aiodns
import aiohttp


class Floor:
    """A minimal resolver of server names, without cache, deadlines, address policy or useful errors.

    Args:
        nameserver: The address and port of the name server, or None for the system's.
        context: The TLS context for well-known requests.
        connect_to: Maps each IP address and port to the address and port to connect to instead.
        both_services: True to query both SRV names at the same time, although one of the queries may not be needed.
    """

    def __init__(
        self,
        nameserver: str | None,
        context: SSLContext,
        connect_to: Callable[[str, int], tuple[str, int]],
        *,
        both_services: bool = False,
    ) -> None:
        self._connect_to = connect_to
        self._both_services = both_services
        self._dns = aiodns.DNSResolver(nameservers=None if nameserver is None else [nameserver], timeout=1, tries=2)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, force_close=True, limit=0),
            timeout=aiohttp.ClientTimeout(sock_connect=4),
        )

    async def _query(self, host: str, record_type: str) -> list[Any]:
        try:
            return list((await self._dns.query_dns(host, record_type)).answer)
        except aiodns.error.DNSError:
            return []

    async def _addresses(self, host: str) -> list[Any]:
        v6, v4 = await asyncio.gather(self._query(host, "AAAA"), self._query(host, "A"))
        return [*v6, *v4]

    async def _delegated(self, name: str, ip: str) -> str | None:
        host, port = self._connect_to(ip, 443)
        url, headers = f"https://{host}:{port}/.well-known/matrix/server", {"Host": name}
        async with self._http.get(url, server_hostname=name, headers=headers, allow_redirects=False) as response:
            body = await response.read()
        return json.loads(body)["m.server"] if response.status == HTTPStatus.OK else None

    async def _services(self, host: str) -> list[Any]:
        names = [f"{service}._tcp.{host}" for service in ("_matrix-fed", "_matrix")]
        if self._both_services:
            fed, deprecated = await asyncio.gather(*(self._query(name, "SRV") for name in names))
            return fed or deprecated
        return await self._query(names[0], "SRV") or await self._query(names[1], "SRV")

    async def resolve(self, name: str) -> int:
        """Resolve *name* with steps 3 to 6, and return the port of the first target."""
        addresses = await self._addresses(name)
        delegated = None
        if addresses:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                delegated = await self._delegated(name, addresses[0].data.addr)
        host, colon, port = (delegated or name).partition(":")
        if colon:
            await self._addresses(host)
            return int(port)
        records = await self._services(host)
        if records:
            await asyncio.gather(*(self._addresses(record.data.target) for record in records))
            return int(records[0].data.port)
        if delegated:
            await self._addresses(delegated)
        return 8448

    async def aclose(self) -> None:
        """Close the HTTP session and the DNS resolver."""
        await self._http.close()
        await self._dns.close()
