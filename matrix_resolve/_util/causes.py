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
    return "no answer in time" if isinstance(error, TimeoutError) else os_error_text(error)


_NUMBER = re.compile(r"\[Errno (\d+)\]")
_PREFIX = re.compile(r"\[(?:Errno|WinError) -?\d+\] ")


def os_error_text(error: BaseException) -> str:
    """Return *error* in words, without its number: ``"connection refused"``.

    asyncio and aiohappyeyeballs join the errors of several addresses into one message, ``"Multiple exceptions: [Errno 111] ..."``, and keep
    no other trace of them. Other libraries quote such a message in their own errors. So each different number in the message is shown once, in
    words.

    Args:
        error: An error of a network connection, or one that quotes it.
    """
    text = str(error)
    numbers = [] if isinstance(error, ssl.SSLError) else [int(number) for number in _NUMBER.findall(text)]
    if numbers:
        return "; ".join(dict.fromkeys(os.strerror(number).lower() for number in numbers))
    return printable(_PREFIX.sub("", text)) or type(error).__name__


def file_error_text(error: Exception) -> str:
    """Return an error of a file or another local resource in words, without its number: ``"cert.pem: no such file or directory"``.

    Args:
        error: If it is an `OSError` from the operating system, the result consists of the name of the file, if it has one, and the cause. The
            message of any other error is returned as it is.
    """
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    is_own = error.errno is not None and error.strerror == os.strerror(error.errno)
    cause = error.strerror.lower() if is_own else error.strerror
    return cause if error.filename is None else f"{error.filename or 'the empty name'}: {cause}"


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and its causes, each once, because the chain of causes of a backend's error may be circular."""
    seen = list[BaseException]()
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        yield cause
        cause = cause.__cause__ or cause.__context__
