"""Every error that this library raises.

* `ResolveError`: the root; ``code``, ``server_name``, ``trace``

  * `InvalidServerName` (also a `ValueError`): ``invalid-name``, ``unresolvable-name``; the message says what to pass instead
  * `LookupFailed`: ``dns-temporary``; a lookup failed, so nothing is known about the name; try again at ``retry_at``

    * `ResolutionTimeout`: ``resolution-timeout``; the resolution exceeded the deadline of the resolver, not a timeout of the caller
    * `ResolverBusy`: ``busy``; this resolver is overloaded, which says nothing about the name

  * `ServerNotFound`: ``no-address``, ``srv-unusable``, ``zone-refused``; the name has no targets

    * `ServiceNotProvided`: ``service-not-provided``; the domain says that it offers no Matrix service
    * `AddressBlocked`: ``address-blocked``; the address policy refuses every address; ``address``, ``rule``

A failed well-known request raises no error: the specification continues with step 4, and the trace records what happened.
"""

import attrs

from .reasons import Reason
from .trace import TraceRecord


class ResolveError(Exception):
    """A server name could not be resolved. The message is one sentence that says why.

    Args:
        message: One sentence with the value and the cause, or a `Reason`.
        code: Stable kebab-case code.
        server_name: The server name, as it was passed.
        trace: The lookups made until then, in order.
        step: The number of the specification's step that failed, or an empty string.

    Attributes:
        reason: The cause as facts, or None.
    """

    def __init__(
        self,
        message: str | Reason,
        *,
        code: str,
        server_name: str = "",
        trace: tuple[TraceRecord, ...] = (),
        step: str = "",
    ) -> None:
        super().__init__(f"step {step}: {message}" if step else str(message))
        self.reason: Reason | None = message if isinstance(message, Reason) else None
        self.step: str = str(step)
        self.code = code
        self.server_name = server_name
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the attributes, because the constructor has keyword arguments."""
        return type(self).__new__, (type(self), *self.args), self.__dict__


class InvalidServerName(ResolveError, ValueError):  # noqa: N818 - named after what happened, like all errors here
    """A string is not a valid server name (``invalid-name``), or is too long for the DNS (``unresolvable-name``).

    Attributes:
        problem: What is wrong, without advice.
        suggestion: The string to pass instead, or an empty string if none is obvious.
    """

    problem: str = ""
    suggestion: str = ""


class LookupFailed(ResolveError):  # noqa: N818 - named after what happened
    """A lookup failed, so nothing is known about the name (``dns-temporary``). A later retry may succeed.

    Attributes:
        retry_at: The time from which this process looks the name up again, in wall-clock seconds, or None.
    """

    retry_at: float | None = None


class ResolutionTimeout(LookupFailed):
    """The whole resolution took longer than ``ResolverPolicy.deadline`` (``resolution-timeout``).

    It is not a `TimeoutError`, so it cannot be mistaken for a timeout that the caller has set.
    """


class ResolverBusy(LookupFailed):
    """This resolver is overloaded (``busy``): the resolution waited too long for a free slot. It says nothing about the name.

    It is never cached, and it is not raised if the cache has an answer.
    """


class ServerNotFound(ResolveError):  # noqa: N818 - named after what happened
    """The server name has no connection targets (``no-address``, ``srv-unusable``, ``zone-refused``)."""


class ServiceNotProvided(ServerNotFound):
    """The only SRV target is ``.``: the domain does not offer federation, so no later step is tried (``service-not-provided``).

    Source: RFC 2782, "Target".
    """


class AddressBlocked(ServerNotFound):
    """The address policy refuses every address of the effective name (``address-blocked``).

    Attributes:
        address: The first refused address, as a string.
        rule: The rule that refuses it, such as ``"10.0.0.0/8 private use"``.
    """

    address: str = ""
    rule: str = ""


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

    def with_trace(self, trace: tuple[TraceRecord, ...]) -> "Failure":
        """Return the same failure with another trace."""
        others = tuple(pair for pair in self.attributes if pair[0] != "trace")
        return attrs.evolve(self, attributes=(*others, ("trace", trace)))

    def to_error(self) -> ResolveError:
        """Return a new exception with the same message and attributes."""
        error = self.kind(self.message, code="")
        vars(error).update(self.attributes)
        error.__cause__ = self.cause
        return error
