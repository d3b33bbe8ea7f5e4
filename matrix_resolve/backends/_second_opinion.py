"""What dnspython makes of a DNS query where c-ares cannot be believed, if dnspython is installed.

c-ares refuses a whole reply because of one damaged record, and accepts as an empty answer the reply of a name server that neither knows a
zone nor asks others about it.
"""

import asyncio
from collections.abc import Sequence
from importlib import import_module

from .dns import DnsAnswer, DnsBackend, RecordType


async def ask_dnspython(
    nameservers: Sequence[str] | None, retry_after: float, name: str, record_type: RecordType
) -> DnsAnswer:
    """Ask through dnspython.

    Args:
        nameservers: Addresses with or without port; None for those of the system.
        retry_after: The seconds of silence after which the default backend repeats a query; this takes twice as long at most.
        name: As in `DnsBackend.lookup`.
        record_type: As in `DnsBackend.lookup`.

    Raises:
        Exception: If there is no dnspython, or no answer.
    """
    async with asyncio.timeout(2 * retry_after):
        module = await asyncio.to_thread(import_module, "matrix_resolve.backends.dnspython")
        backend: DnsBackend = module.DnspythonBackend(nameservers, retry_after=retry_after / 4)
        return await backend.lookup(name, record_type)
