"""Repeats a DNS query with dnspython, if it is installed, when the result of c-ares is not reliable.

c-ares rejects a whole reply because of one malformed record. It also accepts a referral as an empty answer, if a name server neither serves the
zone nor recurses.
"""

import asyncio
from collections.abc import Sequence
from importlib import import_module

from ..dns import DnsAnswer, DnsBackend, RecordType


async def ask_dnspython(
    nameservers: Sequence[str] | None, retry_interval: float, name: str, record_type: RecordType
) -> DnsAnswer:
    """Send the query through dnspython, and return its answer.

    Args:
        nameservers: Addresses with or without a port; None for those of the system.
        retry_interval: Seconds after which the default backend repeats an unanswered query. This call takes at most twice as long.
        name: As in `DnsBackend.lookup`.
        record_type: As in `DnsBackend.lookup`.

    Raises:
        Exception: If dnspython is not installed, or there is no answer.
    """
    async with asyncio.timeout(2 * retry_interval):
        module = await asyncio.to_thread(import_module, "matrix_resolve.backends.dnspython")
        backend: DnsBackend = module.DnspythonBackend(nameservers, retry_interval=retry_interval / 4)
        return await backend.lookup(name, record_type)
