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
    """Check that an HTTP backend keeps the contract `HttpBackend`.

    Each check has HTTPS servers of its own on 127.0.0.1 and 127.0.0.2, at ports that are in the URLs, and a backend of its own.
    Together they take about ten seconds. Some servers flood the backend: they send as fast as it reads, each for a few seconds at most.

    Args:
        make: Makes a backend that trusts what the given context trusts; it may be an async function or give an async context manager. A
            backend that has ``aclose`` is closed.
        limit: Seconds that one call of the backend may take.

    Raises:
        ContractError: If a rule is broken; the message says which, and how.
    """
    await run_checks("HTTP backend", CHECKS, partial(open_servers, make), limit=limit)
