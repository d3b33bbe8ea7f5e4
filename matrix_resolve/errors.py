"""Every error that a server name, its network or the policy can cause.

* `FederationError`: the root; ``code``, ``server_name``, ``is_temporary``, ``retry_at``

  * `ResolveError`: a name cannot be resolved; ``trace``, ``warnings``, ``step``, ``reason``

    * `InvalidServerName` (also a `ValueError`): ``invalid-name``, ``unresolvable-name``; ``suggestion`` is what to pass instead
    * `LookupFailed`: ``dns-temporary``; a lookup failed, so nothing is known about the name; try again at ``retry_at``

      * `ResolutionTimeout`: ``resolution-timeout``; the resolution exceeded the deadline of the resolver, not a timeout of the caller; ``pending``
      * `ResolverBusy`: ``busy``; this resolver is overloaded, which says nothing about the name

    * `ServerNotFound`: ``no-address``, ``srv-unusable``; the name has no targets

      * `ServiceNotProvided`: ``service-not-provided``; the domain says that it offers no Matrix service

    * `BlockedByPolicy`: ``zone-refused``; the policy of this resolver forbids the name

      * `AddressBlocked`: ``address-blocked``; the address policy refuses every address; ``refused``

  * `ConnectFailed` (also a `ConnectionError`): ``connect-failed``; no target could be connected to

The clients for aiohttp and httpx raise errors of their own, which are also a `FederationError`, such as `UnusableResponse` (``response-too-long``,
``response-not-json``, ``response-encoding``).

A failed well-known request raises no error: the specification continues with step 4, and the trace records what happened.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias, TypeVar

import attrs

from .applied_overrides import AppliedOverride
from .reasons import Reason, ResolutionWarning
from .trace import TraceRecord

ErrorCode: TypeAlias = Literal[
    "invalid-name",
    "unresolvable-name",
    "dns-temporary",
    "resolution-timeout",
    "busy",
    "no-address",
    "srv-unusable",
    "service-not-provided",
    "zone-refused",
    "address-blocked",
    "connect-failed",
    "response-too-long",
    "response-not-json",
    "response-encoding",
]
"""The code of a `FederationError`. Later versions may add codes, but do not change their meaning."""


class FederationError(Exception):
    """Anything that a server name, its network or the policy can cause: the name cannot be resolved, or its server cannot be connected to.

    Attributes:
        code: Stable kebab-case code.
        server_name: The server name, as it was passed.
        is_temporary: True if the same call may succeed later, without any change of configuration.
        retry_at: Wall-clock second from which this process looks the name up again, or None if the failure is not remembered. Before that, it
            raises the same error without a lookup.
    """

    code: ErrorCode
    server_name: str = ""
    is_temporary: bool = False
    retry_at: float | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the message and all attributes, because the constructors of the subclasses have other arguments."""
        return _remake, (type(self), self.args, self.__dict__)


E = TypeVar("E", bound=FederationError)


def _remake(kind: type[E], args: tuple[object, ...], attributes: Mapping[str, object]) -> E:
    """Return an error with these attributes, without calling its constructor."""
    error = kind.__new__(kind)
    error.args = args
    vars(error).update(attributes)
    return error


class ResolveError(FederationError):
    """A server name could not be resolved. The message is one sentence that says why.

    Args:
        message: One sentence with the value and the cause, or a `Reason`.
        code: Stable kebab-case code.
        server_name: The server name, as it was passed.
        trace: The lookups made until then, in order.
        step: The number of the specification's step that failed, or an empty string.

    Attributes:
        reason: The cause as facts, or None.
        overrides: The overrides of the resolver on which the result depends.
        warnings: What else an operator should know.
    """

    overrides: tuple[AppliedOverride, ...] = ()

    def __init__(
        self,
        message: str | Reason,
        *,
        code: ErrorCode,
        server_name: str = "",
        trace: tuple[TraceRecord, ...] = (),
        step: str = "",
    ) -> None:
        super().__init__(f"step {step}: {message}" if step else str(message))
        self.reason: Reason | None = message if isinstance(message, Reason) else None
        self.step: str = str(step)
        self.code: ErrorCode = code
        self.server_name = server_name
        self.trace = trace
        self.warnings: tuple[ResolutionWarning, ...] = ()


class InvalidServerName(ResolveError, ValueError):  # noqa: N818 - named after what happened, like all errors here
    """A string is not a valid server name (``invalid-name``), or is too long for the DNS (``unresolvable-name``).

    Args:
        message: What is wrong, and what to pass instead.
        code: One of these two codes.
        server_name: The string.
        trace: The lookups made until then: none.
        problem: What is wrong, without advice; *message* by default.
        suggestion: The string to pass instead, or an empty string if none is obvious.
    """

    def __init__(
        self,
        message: str,
        *,
        code: ErrorCode,
        server_name: str = "",
        trace: tuple[TraceRecord, ...] = (),
        problem: str = "",
        suggestion: str = "",
    ) -> None:
        super().__init__(message, code=code, server_name=server_name, trace=trace)
        self.problem: str = problem or message
        self.suggestion: str = suggestion


class LookupFailed(ResolveError):  # noqa: N818 - named after what happened
    """A lookup failed, so nothing is known about the name (``dns-temporary``). A later retry may succeed."""

    is_temporary: bool = True


class ResolutionTimeout(LookupFailed):
    """The whole resolution took longer than ``ResolverPolicy.deadline`` (``resolution-timeout``).

    It is not a `TimeoutError`, so it cannot be mistaken for a timeout that the caller has set.

    Attributes:
        pending: The lookups that had not ended, such as ``"example.org AAAA"`` or the URL of a well-known document; at most eight.
    """

    pending: tuple[str, ...] = ()


class ResolverBusy(LookupFailed):
    """This resolver is overloaded (``busy``): the resolution waited too long for a free slot. It says nothing about the name.

    It is never cached, and it is not raised if the cache has an answer. So ``retry_at`` is None: a new attempt waits for a slot again.
    """


class ServerNotFound(ResolveError):  # noqa: N818 - named after what happened
    """The server name has no connection targets (``no-address``, ``srv-unusable``)."""


class ServiceNotProvided(ServerNotFound):
    """The only SRV target is ``.``: the domain does not offer federation, so no later step is tried (``service-not-provided``).

    Source: RFC 2782, "Target".
    """


class BlockedByPolicy(ResolveError):  # noqa: N818 - named after what happened
    """The policy of this resolver forbids the name, or where it leads (``zone-refused``). It says nothing about the server."""


class AddressBlocked(BlockedByPolicy):
    """The address policy refuses every address of the effective name (``address-blocked``).

    Attributes:
        address: The first refused address, as a string.
        rule: The rule that refuses it, such as ``"10.0.0.0/8 private use"``.
        refused: All refused addresses, each with its rule; at most eight.
    """

    address: str = ""
    rule: str = ""
    refused: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Failure:
    """A `ResolveError` as data. It can be kept and raised any number of times without keeping a traceback alive.

    Attributes:
        kind: The class to raise.
        message: Its message.
        attributes: Its other attributes, as (name, value) pairs.
        cause: The backend's exception, for the callers that wait for this resolution. A failure in the cache has none.
    """

    kind: type[ResolveError]
    message: str
    attributes: tuple[tuple[str, object], ...]
    cause: BaseException | None = None

    @classmethod
    def of(cls, error: ResolveError) -> "Failure":
        """Return *error* as data."""
        return cls(
            type(error),
            str(error),
            tuple((name, value) for name, value in vars(error).items() if not name.startswith("__")),
        )

    def with_notes(self, trace: tuple[TraceRecord, ...], warnings: tuple[ResolutionWarning, ...]) -> "Failure":
        """Return the same failure with another trace and other warnings."""
        changed = {**dict(self.attributes), "trace": trace, "warnings": warnings}
        return attrs.evolve(self, attributes=tuple(changed.items()))

    def to_error(self) -> ResolveError:
        """Return a new exception with the same message and attributes."""
        error = _remake(self.kind, (self.message,), dict(self.attributes))
        error.__cause__ = self.cause
        return error
