"""aiohttp's errors as those of the standard library, which the contract of an HTTP backend knows."""

from ssl import SSLError

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientPayloadError,
    ClientResponseError,
    ServerDisconnectedError,
)

CLOSED_WITHOUT_ANSWER = "the server closed the connection without an answer"


def standard_error(error: Exception) -> Exception:
    """Return what happened below aiohttp, whose own errors name a host that nobody asked for."""
    match error:
        case TimeoutError():
            return TimeoutError("no answer in time")
        case ClientConnectorCertificateError(certificate_error=cause) | ClientConnectorError(os_error=cause):
            return cause.with_traceback(None)
        case ServerDisconnectedError():
            return ConnectionError(CLOSED_WITHOUT_ANSWER)
        case ClientPayloadError():
            return ConnectionError("the server closed the connection before the end of its answer")
        case ClientResponseError(message=message):
            return ConnectionError(f"the answer is not HTTP: {message}")
        case ClientOSError():
            return ConnectionError(*error.args)
        case ClientError():
            return ConnectionError(str(error) or type(error).__name__)
        case _:
            return error


def is_tls_error(error: Exception) -> bool:
    """Return True if a connection was established and the TLS handshake failed."""
    return isinstance(standard_error(error), SSLError)
