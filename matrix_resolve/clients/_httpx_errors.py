"""The errors of federation requests with httpx. Each is an error of httpx, and has the facts of the error of this library that caused it."""

import httpx

from .._connect.errors import ConnectFailed
from ..errors import InvalidServerName, ResolveError
from ._errors import RequestError


class FederationConnectError(RequestError, httpx.ConnectError):
    """A server name has no targets, or none of them could be connected to. Nothing of the request was sent.

    It has the code and the other facts of the `matrix_resolve.ResolveError` or the `matrix_resolve.ConnectFailed` that says why.

    Args:
        cause: That error.
        request: The request.
    """

    def __init__(self, cause: ResolveError | ConnectFailed, *, request: httpx.Request | None = None) -> None:
        super().__init__(str(cause), request=request)
        self._take_from(cause)


class FederationConnectTimeout(RequestError, httpx.ConnectTimeout):  # noqa: N818 - named like httpx's own
    """Resolving a server name, or connecting to its targets, took too long. Nothing of the request was sent.

    It has the same facts as a `FederationConnectError`.

    Args:
        cause: The error that says what took too long.
        request: The request.
    """

    def __init__(self, cause: ResolveError | ConnectFailed, *, request: httpx.Request | None = None) -> None:
        super().__init__(str(cause), request=request)
        self._take_from(cause)


class InvalidFederationURL(RequestError, httpx.InvalidURL):  # noqa: N818 - named like httpx's own
    """The host of a ``matrix-federation`` URL is not a valid server name.

    Args:
        cause: The error that says why.
    """

    def __init__(self, cause: InvalidServerName) -> None:
        super().__init__(str(cause))
        self._take_from(cause)
