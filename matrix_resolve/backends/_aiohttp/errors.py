"""aiohttp's errors as those of the standard library, which the contract of HTTP backends names."""

import aiohttp


def standard_error(error: Exception) -> Exception:
    """Return the standard error for what happened; aiohttp's own errors name a host that nobody asked for."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return error.certificate_error.with_traceback(None)
        case aiohttp.ClientConnectorError():
            return error.os_error.with_traceback(None)
        case TimeoutError():
            return TimeoutError("no answer in time")
        case aiohttp.ClientOSError():
            return ConnectionError(*error.args)
        case _:
            return ConnectionError(f"the answer is not HTTP, or not complete: {getattr(error, 'message', error)}")
