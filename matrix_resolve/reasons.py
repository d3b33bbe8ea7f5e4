"""Why something failed or is worth a warning, as a code and facts. The sentence is made only when it is shown.

No code in this library extracts a fact from a sentence.
"""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any, Literal, TypeAlias, Union, cast

import attrs

from ._util.escaping import first_few, printable, quoted, shortened

__all__ = ["Fact", "Reason"]

Fact: TypeAlias = Union[str, int, float, "Reason", tuple["Fact", ...]]
"""A string, a number, the reason behind a reason, or several of these."""

_LONGEST = 500
"""Characters of one string. The longest DNS name has 253; a redirect's URL may have any length."""

SENTENCES: Mapping[str, str] = {
    # a well-known document
    "status": "{url} responds with status {status}",
    "status-not-200": "{url} responds with status {status}; it must be 200",
    "too-many-redirects": "{url} redirects more than {limit} times",
    "redirect-circle": "{url} redirects in a loop",
    "redirect-refused": "{url} redirects to {location!q}, {because}",
    "not-a-url": "which is not a valid URL",
    "not-https": "which is not followed because it is not an https URL",
    "host-not-valid": "which is not followed because its host is not valid: {error}",
    "too-many-connections": "{url} was not requested, because {connections} connections had already been made",
    "too-large": "{url} is larger than {limit} bytes",
    "invalid-document": "{url} {because}",
    "encoded-document": "{url} {because} (its Content-Encoding is {encoding!q}, but the request accepts only identity)",
    "not-json": 'is not valid JSON; it begins with "{beginning}"',
    "not-an-object": "is JSON, but not an object",
    "m-server-missing": 'has no "m.server"',
    "m-homeserver-instead": 'has no "m.server"; its "m.homeserver" belongs in /.well-known/matrix/client',
    "m-server-not-text": 'has an "m.server" that is not a string',
    "m-server-invalid": 'has an invalid "m.server": {error}',
    "m-server-repeated": '{url} has "m.server" more than once; the last one is used',
    "no-answer": "{url} did not respond within {seconds:g} s",
    "no-time": "{url} could not be requested within {seconds:g} s",
    "no-slot": "{url} could not be requested: {error}",
    "machine-busy": "{because}, perhaps because this machine was too busy",
    "not-requested-yet": "the well-known document of {host} is not requested again yet",
    "requested-by-another-worker": "another worker requested the well-known document of {host}",
    "request-failed": "the request for {url} failed: {error}",
    "no-address": "{url} cannot be requested: {because}",
    "with-override": "{because}; an override applies: {override}",
    # the addresses of a host
    "query-failed": "the {record_type} query failed: {error}",
    "queries-failed": "{host}: {reasons!l}",
    "zone-refused": "{host} is in .{zone}, which is never queried in the DNS",
    "host-refused": "{host} has the address {address}, which the address policy refuses ({rule})",
    "host-without-address": "{host} has no address",
    # SRV records
    "srv-target-not-a-hostname": "the SRV target {target!q} is not a hostname",
    "srv-target-is-an-address": (
        "the SRV target {target!q} is an IP address; an SRV target must be a hostname (RFC 2782)"
    ),
    "srv-port-not-valid": "the SRV record for {target!q} has port {port}, which is not a valid port",
    # warnings
    "well-known-stale": (
        "the well-known document of {host} cannot be fetched; its last valid delegation, to {delegated}, is used for now"
    ),
    "srv-query-failed": "the SRV query for {host} failed: {error}",
    "srv-question-failed": "the SRV query for {host} failed: {error}; the resolution continues as if there were no such record",
    "srv-record-skipped": "{host}: {reasons!l}",
    "srv-records-cut": "{host} has {count} SRV records, more than the limit; only the first {kept} are used",
    "srv-target-skipped": "the SRV target {host} is a CNAME, which RFC 2782 forbids; it is skipped",
    "srv-target-followed": "the SRV target {host} is a CNAME, which RFC 2782 forbids; some servers refuse it",
    "too-many-addresses": "{host}: {reasons!l}",
    "addresses-cut": "there are {count} addresses, more than the limit; only the first {kept} are used",
    "address-question-failed": "{host}: {reasons!l}",
    "address-refused": "{host}: the address policy refuses {reasons!c}; its other addresses are used",
    "refused": "{address} ({rule})",
    "cache-control-cut": (
        "{host} sends more than {directives} Cache-Control directives or {characters:,} characters; the rest is ignored"
    ),
    "targets-cut": "{host} has too many targets; {reasons!c}",
    "targets-left-out": "targets left out: {count}",
    "hosts-not-looked-up": "hosts not looked up: {count}",
    "trace-cut": "{count} lookups were made; the trace contains only the first {kept}",
    "warnings-cut": "warnings left out: {count}",
    # errors
    "srv-unusable": "{host} has SRV records, but none of them can be used: {reasons!l}",
    "dns-failed": "the DNS could not answer; {reasons!l}",
    "host-failed": "{host}: {because}",
    "no-address-and-srv-failed": "the DNS could not answer; {host} has no address, and an SRV query failed",
    "address-blocked": "{host} has the address {address}, which the address policy refuses ({rule})",
    "addresses-blocked": "the address policy refuses every address of {host}: {reasons!a}",
    "ip-literal-blocked": "the address policy refuses {address} ({rule})",
    "host-in-refused-zone": "{host} is in .{zone}, which is never queried in the DNS",
    "srv-target-is-cname": "the SRV target {host} is a CNAME for {alias!p}, which RFC 2782 forbids",
    "no-address-in-dns": "{host} has no address in the DNS",
    "service-not-provided": 'the SRV record {record} has the target ".", so {host} does not offer Matrix federation',
}
"""The sentence for each code. ``!q`` escapes and quotes a string from the network, and ``!p`` escapes it. ``!l`` and ``!c`` join the first few of
several reasons with semicolons or commas, and say how many of ``total`` are left out. ``!a`` joins all that are kept with commas."""


@attrs.frozen
class Reason:
    """Why something failed, or why it is worth a warning.

    Attributes:
        code: Stable kebab-case code.
        facts: Names and values. `Reason.of` makes a reason from keywords.
    """

    code: str
    facts: tuple[tuple[str, Fact], ...] = ()

    @classmethod
    def of(cls, code: str, **facts: Fact) -> "Reason":
        """Return a reason with *facts*. Strings that are too long to be kept are cut."""
        return cls(code, tuple((name, _bounded(value)) for name, value in facts.items()))

    @property
    def chain(self) -> Iterator["Reason"]:
        """This reason and those behind it, depth first."""
        yield self
        for _, value in self.facts:
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, Reason):
                    yield from each.chain

    def find(self, *codes: str) -> "Reason | None":
        """Return the first reason in `chain` with one of *codes*, or None."""
        return next((reason for reason in self.chain if reason.code in codes), None)

    def text(self, name: str) -> str:
        """Return a fact as a string, from the first reason in `chain` that has it, or an empty string."""
        return next((str(value) for reason in self.chain for key, value in reason.facts if key == name), "")

    def __str__(self) -> str:
        sentence = SENTENCES.get(self.code)
        return self.code if sentence is None else _WRITER.vformat(sentence, (), dict(self.facts))


LimitWarning: TypeAlias = Literal["srv-records-cut", "too-many-addresses", "targets-cut", "trace-cut", "warnings-cut"]
"""The code of a warning that a limit of the policy was exceeded."""

WarningCode: TypeAlias = Literal[
    "well-known-invalid",
    "well-known-failed",
    "well-known-stale",
    "well-known-ambiguous",
    "cache-control-cut",
    "srv-question-failed",
    "srv-record-skipped",
    "srv-target-is-cname",
    "address-question-failed",
    "address-refused",
    LimitWarning,
]
"""The code of a `ResolutionWarning`. docs/reference/warnings.md explains each."""


@attrs.frozen
class ResolutionWarning:
    """A problem that did not prevent the resolution, but that an operator should know about.

    Attributes:
        code: Stable kebab-case code.
        host: The host, record name or URL that the warning is about.
        reason: What is wrong, as facts.
    """

    code: WarningCode
    host: str
    reason: Reason

    @property
    def message(self) -> str:
        """The warning in one sentence."""
        return shortened(str(self.reason), limit=_LONGEST)

    def to_dict(self) -> dict[str, str]:
        """Return the code and the message as JSON-compatible values."""
        return {"code": self.code, "message": self.message}


_SEPARATORS = {"l": "; ", "c": ", "}


class _Writer(Formatter):
    """A string formatter with the conversions that `SENTENCES` uses."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        value = super().get_value(key, args, kwargs)
        return (value, kwargs.get("total", len(cast("tuple[Fact, ...]", value)))) if isinstance(value, tuple) else value

    def convert_field(self, value: Any, conversion: Any) -> Any:
        match conversion:
            case "q":
                return quoted(value)
            case "p":
                return printable(value)
            case "l" | "c":
                reasons, total = value
                return first_few(map(str, reasons), total=total, separator=_SEPARATORS[conversion])
            case "a":
                reasons, total = value
                return first_few(map(str, reasons), total=total, at_most=len(reasons), separator=", ")
            case _:
                return super().convert_field(value, conversion)


_WRITER = _Writer()


def _bounded(value: Fact) -> Fact:
    return shortened(value, limit=_LONGEST) if isinstance(value, str) else value
