"""The suite of the HTTP contract."""

from collections.abc import Callable, Sequence
from functools import partial
from ssl import SSLContext
from typing import Any

from ...backends.http import HttpBackend
from .http_answers import ANSWERS
from .http_certificates import CERTIFICATES
from .http_floods import FLOODS
from .http_requests import REQUESTS
from .http_testbed import open_servers
from .report import BackendFactoryResult, Check, run_checks

CHECKS: Sequence[Check[Any, HttpBackend]] = (*ANSWERS, *REQUESTS, *CERTIFICATES, *FLOODS)


async def check_http_backend(
    make: Callable[[SSLContext], BackendFactoryResult[HttpBackend]], *, limit: float = 10.0
) -> None:
    """Check that an HTTP backend follows the contract `HttpBackend`.

    Each check has its own backend, and its own HTTPS servers on 127.0.0.1 and 127.0.0.2; the URLs contain their ports.
    Together the checks take about ten seconds. Some servers flood the backend: they send as fast as it reads, for at
    most a few seconds.

    Args:
        make: Returns a backend that uses the given TLS context. It may be an async function, or return an async context
            manager. If the backend has ``aclose``, it is called.
        limit: Seconds that one call of the backend may take.

    Raises:
        ContractError: If the backend breaks a rule. The message says which rule, and how.
    """
    await run_checks("HTTP backend", CHECKS, partial(open_servers, make), limit=limit)
