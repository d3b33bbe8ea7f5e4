"""The errors that are raised if targets cannot be connected to. They say why, and what the operator of the server has to change."""

import errno
import os
import ssl
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import attrs

from .._util.causes import os_error_text
from .._util.escaping import first_few, printable, shortened
from .._well_known.document import WELL_KNOWN_PATH
from ..applied_overrides import AppliedOverride, remark_on
from ..errors import ErrorCode, FederationError
from ..models import ConnectionTarget

TargetFailureCode: TypeAlias = Literal[
    "refused",
    "timeout",
    "reset",
    "network",
    "not-tls",
    "tls",
    "certificate",
    "certificate-name",
    "certificate-time",
    "certificate-untrusted",
]
"""Why a target could not be used. docs/reference/errors.md explains each."""

# OpenSSL's X509_V_ERR_* numbers, from x509_vfy.h. The ssl module has no names for them.
_OTHER_NAME, _OTHER_IP = 62, 64
_REPAIR = "it must come from a public authority, and be sent with all intermediate certificates"
_UNTRUSTED = "is not issued by a trusted authority", _REPAIR
_CERTIFICATES: Mapping[int, tuple[TargetFailureCode, tuple[str, str]]] = {
    9: ("certificate-time", ("is not valid yet", "check the clocks of the server and of this machine")),
    10: ("certificate-time", ("has expired", "renew it, and make the server load the new one")),
    18: ("certificate-untrusted", ("is self-signed", _REPAIR)),
    19: ("certificate-untrusted", _UNTRUSTED),
    20: ("certificate-untrusted", _UNTRUSTED),
    21: ("certificate-untrusted", _UNTRUSTED),
}
_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}
_UNKNOWN_NAME = {"TLSV1_UNRECOGNIZED_NAME", "TLSV1_ALERT_UNRECOGNIZED_NAME"}  # RFC 6066, section 3


class Description(NamedTuple):
    """Why a target could not be used: a code, what is wrong, and what to change, or an empty string."""

    code: TargetFailureCode
    problem: str
    advice: str = ""

    @property
    def message(self) -> str:
        """One sentence that says both."""
        return f"{self.problem}; {self.advice}" if self.advice else self.problem


_BY_CLASS: tuple[tuple[type[OSError], Description], ...] = (
    (TimeoutError, Description("timeout", "no answer in time")),
    (
        ConnectionRefusedError,
        Description(
            "refused", "connection refused", "no program listens on this port, or a firewall rejects the connection"
        ),
    ),
    (
        ConnectionResetError,
        Description(
            "reset",
            "the connection was closed during the TLS handshake",
            "the server may not be set up for this TLS name",
        ),
    ),
)
_TEMPORARY = {"refused", "timeout", "reset", "network"}  # the others are faults in the server's configuration
_TARGETS_SHOWN = 8  # with the same cause, in one message
_LONGEST_NAME = 300  # characters; a valid server name has fewer
_LOCAL_ERRORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@attrs.frozen
class TargetFailure:
    """Why one target could not be used.

    Attributes:
        target: The target.
        code: The kind of failure.
        message: One sentence that says what is wrong and what to change.
        error: The exception that connecting to the target raised.
    """

    target: ConnectionTarget
    code: TargetFailureCode
    message: str
    error: OSError

    @classmethod
    def of(cls, error: OSError, target: ConnectionTarget) -> "TargetFailure":
        """Return the failure for an exception that connecting to *target* raised."""
        described = describe_failure(error, target)
        return cls(target, described.code, described.message, error)


class ConnectFailed(FederationError, ConnectionError):  # noqa: N818 - named after what happened, like all errors here
    """A server name has targets, but none of them could be connected to (``connect-failed``).

    Its cause is an `ExceptionGroup` with the exception of each target. It is temporary unless every target needs a change of its configuration,
    such as another certificate. If the name had to be resolved again and that failed, ``is_temporary`` and ``retry_at`` are those of that failure.

    Args:
        server_name: The server name.
        failures: Why each target could not be used, in order.
        remark: The end of the message, or an empty string.
        out_of_time: True if no more targets were tried because time ran out.
        overrides: The overrides of the resolver on which the targets depend.
    """

    code: ErrorCode = "connect-failed"

    def __init__(
        self,
        server_name: str,
        failures: Sequence[TargetFailure],
        remark: str = "",
        *,
        out_of_time: bool = False,
        overrides: Sequence[AppliedOverride] = (),
    ) -> None:
        sentence = f"{shortened(server_name, limit=_LONGEST_NAME)}: no target could be connected to"
        super().__init__(sentence + _causes(failures) + remark + remark_on(overrides))
        self.server_name: str = server_name
        self.failures: tuple[TargetFailure, ...] = tuple(failures)
        self.out_of_time: bool = out_of_time
        self.overrides: tuple[AppliedOverride, ...] = tuple(overrides)
        self.is_temporary: bool = out_of_time or any(failure.code in _TEMPORARY for failure in failures)

    @property
    def is_timeout(self) -> bool:
        """True if time for connecting ran out, or every target timed out."""
        return self.out_of_time or all(failure.code == "timeout" for failure in self.failures)


def _causes(failures: Sequence[TargetFailure]) -> str:
    """Return the first few causes, each with its first few targets, as the end of a sentence."""
    endpoints: dict[str, list[str]] = {}
    for failure in failures:
        endpoints.setdefault(failure.message, []).append(failure.target.endpoint)
    parts = (
        f"; {first_few(where, total=len(where), at_most=_TARGETS_SHOWN, separator=', ')}: {what}"
        for what, where in endpoints.items()
    )
    return first_few(parts, total=len(endpoints), separator="")


def describe_failure(error: OSError, target: ConnectionTarget) -> Description:
    """Return why *target* cannot be used.

    Args:
        error: The exception that connecting with TCP or TLS raised.
        target: The target.

    Returns:
        A code, and what is wrong, without the target's address.

    Source:
        Matrix Server-Server API, "Resolving server names" and "TLS"; RFC 9525.
    """
    for kind, description in _BY_CLASS:
        if isinstance(error, kind):
            return description
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, target)
    if isinstance(error, ssl.SSLError):
        return _handshake(error, target)
    number = error.errno or 0  # those of getaddrinfo are negative
    return Description("network", os.strerror(number).lower() if number > 0 else os_error_text(error))


def is_local_error(error: OSError | None) -> bool:
    """Return whether *error* means that this machine has no file descriptors or memory left for a connection."""
    return error is not None and not isinstance(error, ssl.SSLError) and error.errno in _LOCAL_ERRORS


def _handshake(error: ssl.SSLError, target: ConnectionTarget) -> Description:
    if error.reason in _NOT_TLS:
        return Description("not-tls", "the server does not use TLS on this port", "it must serve HTTPS there")
    if error.reason in _UNKNOWN_NAME:
        problem = f"the server is not set up for the TLS name {target.tls_server_name}"
        return Description("tls", problem, "it needs a certificate and a virtual host for that name")
    return Description("tls", f"the TLS handshake failed: {printable(error.reason or str(error))}")


def _certificate(error: ssl.SSLCertVerificationError, target: ConnectionTarget) -> Description:
    name = target.tls_server_name
    if error.verify_code in {_OTHER_NAME, _OTHER_IP}:
        problem = f"the certificate is not valid for {name}"
        return Description("certificate-name", problem, _required_certificate(target))
    by_openssl: tuple[TargetFailureCode, tuple[str, str]] = (
        "certificate",
        (f"is not valid: {printable(error.verify_message)}", ""),
    )
    code, (problem, advice) = _CERTIFICATES.get(error.verify_code, by_openssl)
    return Description(code, f"the certificate for {name} {problem}", advice)


def _required_certificate(target: ConnectionTarget) -> str:
    name, host = target.tls_server_name, target.dns_name
    if host is None or host == name:
        return f"the server must present a certificate for {name}"
    return (
        f"an SRV record changes only the address and port, so {host} must present a certificate for {name}; "
        f"or delegate {name} to {host} with https://{name}{WELL_KNOWN_PATH}"
    )


class RouteFailed(Exception):  # noqa: N818 - named after what happened
    """None of a route's targets could be connected to. Nothing of the request was sent, so the next route may be tried.

    This error is internal. It is not a subclass of `ConnectFailed`, because the generator of a request body may raise that error after part of
    the request was sent.

    Args:
        failures: Why each target could not be used.
        out_of_time: True if time for connecting ran out.
    """

    def __init__(self, failures: Sequence[TargetFailure], *, out_of_time: bool = False) -> None:
        super().__init__("none of the targets of a route could be connected to")
        self.failures: Sequence[TargetFailure] = failures
        self.out_of_time: bool = out_of_time


def group_of(failures: Iterable[TargetFailure]) -> "ExceptionGroup[OSError]":
    """Return the exceptions of all targets as one group, to be the cause of an error."""
    return ExceptionGroup("each target's failure", [failure.error for failure in failures])
