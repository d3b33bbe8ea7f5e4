"""Findings, and the severity of each code. docs/reference/findings.md explains each code."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, TypeAlias, get_args

import attrs

_ErrorCode: TypeAlias = Literal[
    "invalid-name",
    "zone-refused",
    "service-not-provided",
    "no-address",
    "address-private",
    "dns-failed",
    "resolution-timeout",
    "srv-question-failed",
    "srv-unusable",
    "ipv6-only",
    "ipv4-dead",
    "well-known-differs",
    "well-known-ipv6-only",
    "well-known-html",
    "well-known-challenge",
    "well-known-not-json",
    "well-known-no-m-server",
    "well-known-client-file",
    "well-known-m-server-invalid",
    "well-known-m-server-url",
    "well-known-too-large",
    "well-known-compressed",
    "well-known-redirect-insecure",
    "well-known-redirect-endless",
    "well-known-redirect-broken",
    "well-known-forbidden",
    "well-known-server-error",
    "well-known-status",
    "well-known-certificate",
    "well-known-not-tls",
    "well-known-failed",
    "port-refused",
    "port-dropped",
    "port-silent",
    "port-not-tls",
    "address-unreachable",
    "connection-reset",
    "cdn-blocks-port",
    "tls-name-unknown",
    "tls-version",
    "tls-dhe-only",
    "tls-failed",
    "certificate-name",
    "certificate-of-srv-target",
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-self-signed",
    "certificate-chain",
    "certificate-untrusted",
    "certificate-invalid",
    "api-partly-forwarded",
    "api-client-only",
    "api-by-other-host",
    "api-not-a-homeserver",
    "api-not-found",
    "api-path-changed",
    "api-backend-down",
    "api-server-error",
    "api-forbidden",
    "api-redirected",
    "api-silent",
    "api-not-http",
    "api-compressed",
    "api-no-federation",
    "keys-not-json",
    "keys-other-server",
    "keys-expired",
    "keys-missing",
    "keys-unusable",
    "keys-unsigned",
    "keys-forged",
    "targets-differ",
]
_WarningCode: TypeAlias = Literal[
    "address-question-failed",
    "address-private-some",
    "srv-target-is-cname",
    "srv-record-skipped",
    "srv-target-without-address",
    "srv-records-differ",
    "ipv6-dead",
    "well-known-timeout",
    "well-known-address-dead",
    "well-known-ambiguous",
    "well-known-content-type",
    "well-known-never-fresh",
    "certificate-expires-soon",
    "api-version-hidden",
    "keys-partly-signed",
    "keys-old-unreadable",
    "keys-expire-soon",
    "clock-wrong",
    "clock-wrong-here",
    "no-dns-here",
    "checked-offline",
    "checked-in-part",
    "check-cut-short",
    "check-limit-reached",
    "targets-untried",
]
_InfoCode: TypeAlias = Literal[
    "srv-in-use",
    "srv-only-deprecated",
    "srv-unused",
    "well-known-redirects",
    "checked-without-ipv4",
    "checked-without-ipv6",
    "override-in-use",
]
FindingCode: TypeAlias = Literal[_ErrorCode, _WarningCode, _InfoCode]
"""The code of a finding. docs/reference/findings.md explains each."""


class Severity(StrEnum):
    """The severity of a finding."""

    ERROR = "error"
    """Some or all other servers cannot federate."""
    WARNING = "warning"
    """Federation works, but it is slow, does not work with all implementations, or will soon stop."""
    INFO = "info"
    """Nothing is wrong, but the finding is worth knowing."""


class Verdict(StrEnum):
    """Which servers federation works for."""

    EVERYBODY = "everybody"
    SOME = "some"
    NOBODY = "nobody"
    UNKNOWN = "unknown"
    """Not everything was checked, and the verdict depends on the rest."""


@attrs.frozen
class EvidenceLine:
    """One line of the evidence of a finding.

    Attributes:
        place: The address, possibly with a port or host; an empty string if the line is not about one address.
        text: What was seen there.
    """

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


@attrs.frozen
class Finding:
    """A problem that a check has found, or a fact that an operator should know.

    Attributes:
        code: The code.
        severity: The severity in this case.
        cause: What is wrong, in one sentence.
        repair: What to change, in one sentence.
        evidence: What was seen. ``str(entry)`` returns an entry as one line.
    """

    code: FindingCode
    severity: Severity
    cause: str
    repair: str
    evidence: tuple[EvidenceLine, ...] = ()


_SEVERITIES = ((Severity.ERROR, _ErrorCode), (Severity.WARNING, _WarningCode), (Severity.INFO, _InfoCode))

SEVERITIES: Mapping[FindingCode, Severity] = {
    code: severity for severity, codes in _SEVERITIES for code in get_args(codes)
}
"""The severity of each code. Other evidence can make a finding more or less severe."""
