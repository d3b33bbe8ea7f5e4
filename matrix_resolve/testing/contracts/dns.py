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
    """Check that a DNS backend keeps the contract `DnsBackend`.

    Each check has a name server of its own on 127.0.0.1, and a backend of its own. Together they take about three seconds.

    Args:
        make: Makes a backend that asks the name server at the given address and port, such as ``"127.0.0.1:5353"``; it may be an async
            function or give an async context manager. A backend that has ``aclose`` is closed.
        limit: Seconds that one call of the backend may take.

    Raises:
        ContractError: If a rule is broken; the message says which, and how.
    """
    await run_checks("DNS backend", CHECKS, partial(open_zone, make), limit=limit)
