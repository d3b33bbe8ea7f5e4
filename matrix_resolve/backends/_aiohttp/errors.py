"""Converts aiohttp's errors to those of the standard library, which the contract of HTTP backends recommends."""

import aiohttp


def standard_error(error: Exception) -> Exception:
    """Return the standard error for an error of aiohttp, whose message would contain a host that the caller does not know."""
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
            return ConnectionError(f"the response is not HTTP, or is not complete: {getattr(error, 'message', error)}")
