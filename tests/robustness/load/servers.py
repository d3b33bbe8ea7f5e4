"""The process of the servers: the name server, the honest web host, and addresses that do not answer.

It prints their addresses, and ends when its input ends.
"""

import asyncio
import json
import logging
import ssl
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import trustme

from matrix_resolve.testing.loopback.name_server import serve_zone
from matrix_resolve.testing.loopback.replies import Reply
from matrix_resolve.testing.loopback.seen import SeenRequest
from matrix_resolve.testing.loopback.unreachable_ports import UnreachablePorts
from matrix_resolve.testing.loopback.web_server import WebServer

from .names import WEB_HOST, delegated_host
from .zone import LoadZone

AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority-key.pem"
_BACKLOG = 1024


class HonestHost(WebServer):
    """Has a certificate for each name, and delegates each."""

    def __init__(self, authority: trustme.CA) -> None:
        self._authority = authority
        super().__init__(WEB_HOST[0], 443, choose_context=self._context_for, answer=_delegate)

    def _context_for(self, name: str | None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = self._authority.issue_cert(name or "nobody.test")
        certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
        return context


def _delegate(request: SeenRequest) -> Reply:
    return Reply.json({"m.server": f"{delegated_host(request.host)}:443"})


async def serve(folder: Path) -> None:
    """Run the servers, with the authority in *folder*, until the input ends."""
    authority = trustme.CA.from_pem((folder / AUTHORITY).read_bytes(), (folder / AUTHORITY_KEY).read_bytes())
    async with AsyncExitStack() as stack:
        names = await stack.enter_async_context(serve_zone(LoadZone()))
        web = HonestHost(authority)
        await web.start()
        stack.push_async_callback(web.aclose)
        hanging = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0, backlog=_BACKLOG)
        stack.callback(hanging.close)
        unreachable = UnreachablePorts()
        stack.callback(unreachable.close)
        places = {
            "nameserver": names.address,
            "web": web.place,
            "hanging": hanging.sockets[0].getsockname(),
            "refusing": unreachable.place("refuse"),
            "dropping": unreachable.place("drop"),
        }
        sys.stdout.write(json.dumps(places) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    logging.disable()  # clients that give up are part of the load
    asyncio.run(serve(Path(sys.argv[1])))
