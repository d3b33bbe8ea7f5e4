"""Finds the cause of a failed request, because HTTP clients wrap it in their own errors."""

import ssl
from collections.abc import Iterator

from .escaping import printable


def cause_of(error: Exception) -> str:
    """Return the cause of *error* in words. HTTP clients wrap certificate errors, and the wrapper of aiohttp lacks their attributes."""
    for cause in chain_of(error):
        if isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_message"):
            return f"its certificate is not valid: {printable(cause.verify_message)}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return printable(str(error)) or type(error).__name__


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and its causes, each once, because the chain of causes of a backend's error may be circular."""
    seen = list[BaseException]()
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        yield cause
        cause = cause.__cause__ or cause.__context__
