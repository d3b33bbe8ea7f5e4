"""Finds the cause of a failed request, because HTTP clients wrap it in their own errors."""

import os
import re
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
    return os_error_text(error) if isinstance(error, OSError) else printable(str(error)) or type(error).__name__


_NUMBER = re.compile(r"\[Errno (\d+)\]")


def os_error_text(error: OSError) -> str:
    """Return *error* in words, without its number: ``"connection refused"``.

    asyncio and aiohappyeyeballs join the errors of several addresses into one message, ``"Multiple exceptions: [Errno 111] ..."``, and keep
    no other trace of them. So each different number in the message is shown once, in words.
    """
    numbers = [] if isinstance(error, ssl.SSLError) else [int(number) for number in _NUMBER.findall(str(error))]
    if numbers:
        return "; ".join(dict.fromkeys(os.strerror(number).lower() for number in numbers))
    return printable(str(error)) or type(error).__name__


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and its causes, each once, because the chain of causes of a backend's error may be circular."""
    seen = list[BaseException]()
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        yield cause
        cause = cause.__cause__ or cause.__context__
