"""A more lenient reader of replies, where there is one.

c-ares refuses a whole reply because of one damaged record that nobody asked for.
"""

import asyncio
from collections.abc import Sequence
from importlib import import_module

from ..dns import DnsAnswer, DnsBackend, RecordType


async def ask_leniently(
    name: str,
    record_type: RecordType,
    nameservers: Sequence[str] | None,
    *,
    timeout: float,  # noqa: ASYNC109 - the caller has a better error than TimeoutError
) -> DnsAnswer | None:
    """Ask with `DnspythonBackend`.

    Args:
        name: The name.
        record_type: The type of its records.
        nameservers: As `AiodnsBackend` takes them.
        timeout: Seconds.

    Returns:
        The answer; None if there is none, or dnspython is not installed.
    """
    try:
        module = await asyncio.to_thread(import_module, "matrix_resolve.backends.dnspython")
        backend: DnsBackend = module.DnspythonBackend(nameservers)
        async with asyncio.timeout(timeout):
            return await backend.lookup(name, record_type)
    except Exception:  # noqa: BLE001 - the contract: any exception means "could not answer"
        return None
