"""Every error that this library raises.

* `ResolveError`: the root; ``code``, ``server_name``, ``trace``

  * `InvalidServerName` (also a `ValueError`): ``invalid-name``, ``unresolvable-name``; the message says what to pass instead
  * `LookupFailed`: ``dns-temporary``; the network could not answer, worth a retry at ``retry_at``

    * `ResolutionTimeout`: ``resolution-timeout``; our own deadline, not the caller's
    * `ResolverBusy`: ``busy``; this resolver is overloaded, which says nothing about the name

  * `NoTargets`: ``no-address``, ``srv-unusable``, ``zone-refused``; the answer is "nowhere"

    * `ServiceNotProvided`: ``service-not-provided``; the domain says that it offers no Matrix service
    * `AddressBlocked`: ``address-blocked``; every address is refused by the address policy; ``address``, ``rule``

A failed well-known request is none of these: the specification goes on to step 4, and the trace says what happened.
"""

import attrs

from .reasons import Reason
from .trace import TraceRecord


class ResolveError(Exception):
    """A server name has no connection targets, for the reason that the message says in one sentence.

    Args:
        message: One sentence that names the value and the cause, or the cause as facts.
        code: Stable kebab-case code.
        server_name: The name that was asked for, as it was written.
        trace: The lookups made until then, in order.
        step: The number of the specification's step that failed, if one did.

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
        self.reason = message if isinstance(message, Reason) else None
        self.step = str(step)
        self.code = code
        self.server_name = server_name
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by attributes, as the constructor takes keywords."""
        return type(self).__new__, (type(self), *self.args), self.__dict__


class InvalidServerName(ResolveError, ValueError):  # noqa: N818 - named by what happened, as all of this tree
    """The text is not a valid server name (``invalid-name``), or one that the DNS cannot carry (``unresolvable-name``).

    Attributes:
        problem: What is wrong with it, without advice.
        suggestion: The text to pass instead, or an empty string if there is no obvious one.
    """

    problem: str = ""
    suggestion: str = ""


class LookupFailed(ResolveError):  # noqa: N818 - same
    """The network could not answer, so nothing is known (``dns-temporary``); worth a retry.

    Attributes:
        retry_at: Wall-clock second from which this process asks again, or None.
    """

    retry_at: float | None = None


class ResolutionTimeout(LookupFailed):
    """The whole resolution took longer than ``ResolverPolicy.deadline`` (``resolution-timeout``).

    It is not a `TimeoutError`, so that it cannot be taken for the caller's own.
    """


class ResolverBusy(LookupFailed):
    """This resolver is overloaded (``busy``), and the resolution waited too long for a free slot. It says nothing about the name.

    It is never cached, and not raised if an answer is known.
    """


class NoTargets(ResolveError):  # noqa: N818 - same
    """The answer is "nowhere" (``no-address``, ``srv-unusable``, ``zone-refused``)."""


class ServiceNotProvided(NoTargets):
    """The only SRV record has the target ``.``: the domain offers no such service, and no later step is tried.

    Source: RFC 2782, "Target".
    """


class AddressBlocked(NoTargets):
    """Every address of the effective name is refused by the address policy (``address-blocked``).

    Attributes:
        address: The first refused address, as text.
        rule: What refused it, such as ``"10.0.0.0/8 private use"``.
    """

    address: str = ""
    rule: str = ""


@attrs.frozen
class Failure:
    """A `ResolveError` as data: it can be kept and raised any number of times, without holding on to a traceback.

    Attributes:
        kind: The class to raise.
        message: Its message.
        attributes: Its other attributes, as (name, value) pairs.
        cause: The backend's exception behind it, for those who wait; what is kept for later has none.
    """

    kind: type[ResolveError]
    message: str
    attributes: tuple[tuple[str, object], ...]
    cause: BaseException | None = None

    @classmethod
    def of(cls, error: ResolveError) -> "Failure":
        """Take down what *error* says."""
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
        """Make a new exception that says the same."""
        error = self.kind(self.message, code="")
        vars(error).update(self.attributes)
        error.__cause__ = self.cause
        return error
