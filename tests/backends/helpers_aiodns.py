"""Helpers for the tests of the aiodns backend."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from matrix_resolve.backends import DnsAnswer
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests._support.zone_lines import LineZone

LINES = ["a.example A 192.0.2.1", "b.example A 192.0.2.2", "c.example A 192.0.2.3", "silent.example A TIMEOUT"]
FOUND = DnsAnswer(("192.0.2.1",), 300, "a.example")


@asynccontextmanager
async def backend_before(zone: LineZone, *, timeout: float = 0.2) -> AsyncGenerator[AiodnsBackend]:  # noqa: ASYNC109 - of c-ares
    async with serve_zone(zone) as server:
        backend = AiodnsBackend([server.address], timeout=timeout, retry_interval=0.05)
        try:
            yield backend
        finally:
            await backend.aclose()
