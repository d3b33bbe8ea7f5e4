"""Why a request failed: clients wrap the reason in errors of their own."""

import ssl
from collections.abc import Iterator

from .escaping import printable


def cause_of(error: Exception) -> str:
    """Name a certificate's fault, which clients wrap in errors of their own: aiohttp's is such an error without its attributes."""
    for cause in chain_of(error):
        if isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_message"):
            return f"its certificate is not valid: {printable(cause.verify_message)}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return printable(str(error)) or type(error).__name__


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and its causes, each once: a backend's chain of causes may be a circle."""
    seen = list[BaseException]()
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        yield cause
        cause = cause.__cause__ or cause.__context__
