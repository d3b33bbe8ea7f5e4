"""The suite of the DNS contract."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ...backends.dns import DnsBackend
from .dns_answers import ANSWERS
from .dns_behaviour import BEHAVIOUR
from .dns_testbed import open_zone
from .dns_wire import WIRE
from .report import BackendFactoryResult, Check, run_checks

CHECKS: Sequence[Check[Any, DnsBackend]] = (*ANSWERS, *BEHAVIOUR, *WIRE)


async def check_dns_backend(make: Callable[[str], BackendFactoryResult[DnsBackend]], *, limit: float = 10.0) -> None:
    """Check that a DNS backend follows the contract `DnsBackend`.

    Each check has its own backend, and its own name server on 127.0.0.1. Together, the checks take about three seconds.

    Args:
        make: Returns a backend that queries the name server at the given address and port, such as
            ``"127.0.0.1:5353"``. It may be an async function, or return an async context manager. If the backend has
            ``aclose``, it is called.
        limit: Seconds that one call of the backend may take.

    Raises:
        ContractError: If the backend breaks a rule. The message says which rule, and how.
    """
    await run_checks("DNS backend", CHECKS, partial(open_zone, make), limit=limit)
