"""What the errors of the HTTP clients have in common with the error that caused them."""

from .._connect.errors import ConnectFailed, TargetFailure
from ..applied_overrides import AppliedOverride
from ..errors import ErrorCode, FederationError, InvalidServerName, ResolveError
from ..reasons import Reason, ResolutionWarning


class RequestError(FederationError):
    """A federation request was not sent, because of an error of this library. It has the facts of that error, which is also its cause.

    Attributes:
        failures: Why each target could not be used; empty if the name was not resolved.
        reason: Why the name was not resolved, as facts, or None.
        warnings: What else an operator should know about the resolution.
        suggestion: If the server name is not valid (``invalid-name``, ``unresolvable-name``), the one to pass instead, if it is obvious; otherwise
            an empty string.
        overrides: The overrides of the resolver on which the result depends.
    """

    failures: tuple[TargetFailure, ...] = ()
    reason: Reason | None = None
    warnings: tuple[ResolutionWarning, ...] = ()
    suggestion: str = ""
    overrides: tuple[AppliedOverride, ...] = ()

    def _take_from(self, cause: ResolveError | ConnectFailed) -> None:
        """Take the facts of *cause*."""
        self.code: ErrorCode = cause.code
        self.server_name: str = cause.server_name
        self.is_temporary: bool = cause.is_temporary
        self.retry_at: float | None = cause.retry_at
        self.overrides = cause.overrides
        if isinstance(cause, ConnectFailed):
            self.failures = cause.failures
        else:
            self.reason, self.warnings = cause.reason, cause.warnings
        if isinstance(cause, InvalidServerName):
            self.suggestion = cause.suggestion


def user_part_error(host: str | None) -> InvalidServerName:
    """Return the error for a URL with a user part, such as ``matrix-federation://user@example.org/``."""
    message = "a federation URL must not have a user part"
    return InvalidServerName(message, code="invalid-name", server_name=host or "")
