"""Why something failed or is worth a warning, as data: a code and facts. The sentence is made when somebody reads it.

Nothing in this library looks for a fact in a sentence.
"""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any, TypeAlias, Union, cast

import attrs

from ._util.escaping import first_few, printable, quoted, shortened

Fact: TypeAlias = Union[str, int, float, "Reason", tuple["Fact", ...]]
"""A text, a number, a reason behind the reason, or several of these."""

_LONGEST = 500
"""Characters of one text. The longest DNS name has 253; a redirect's URL may have any length."""

SENTENCES: Mapping[str, str] = {
    # a well-known document
    "status": "{url} says {status}",
    "status-not-200": "{url} says {status}; only 200 counts",
    "too-many-redirects": "{url} leads to more than {limit} redirects",
    "redirect-circle": "{url} redirects in a circle",
    "redirect-refused": "{url} redirects to {location!q}, {because}",
    "not-a-url": "which is not a URL",
    "not-https": "which is not https and is not followed",
    "host-not-valid": "which cannot be followed: {error}",
    "too-many-connections": "{url} is not requested, after {connections} connections",
    "too-large": "{url} is larger than {limit} bytes",
    "invalid-document": "{url} {because}",
    "encoded-document": "{url} {because} (its Content-Encoding is {encoding!q}, although none was asked for)",
    "not-json": 'is not JSON; it begins with "{beginning}"',
    "not-an-object": "is JSON, but not an object",
    "m-server-missing": 'has no "m.server"',
    "m-homeserver-instead": 'has no "m.server"; "m.homeserver" belongs into /.well-known/matrix/client',
    "m-server-not-text": 'has an "m.server" that is not a text',
    "m-server-invalid": 'has an invalid "m.server": {error}',
    "m-server-repeated": '{url} has "m.server" several times; the last one counts',
    "no-answer": "{url} did not answer within {seconds:g} s",
    "no-time": "{url} could not be requested within {seconds:g} s",
    "no-slot": "{url} could not be requested: {error}",
    "machine-busy": "{because}, but this machine was too busy for that to be conclusive",
    "request-failed": "{url} failed: {error}",
    "no-address": "{url} cannot be asked for: {because}",
    # the addresses of a host
    "query-failed": "the {record_type} question failed: {error}",
    "queries-failed": "{host}: {reasons!l}",
    "zone-refused": "{host} lies in .{zone}, which is not asked for",
    "host-refused": "{host} is at {address}, which the address policy refuses ({rule})",
    "host-without-address": "{host} has no address",
    # SRV records
    "srv-target-not-a-hostname": "the SRV target {target!q} is not a hostname",
    "srv-target-is-an-address": (
        "the SRV target {target!q} is an IP address; an SRV target must be a hostname (RFC 2782)"
    ),
    "srv-port-not-valid": "the SRV record for {target!q} has port {port}, which cannot be connected to",
    # warnings
    "well-known-stale": (
        "asking {host} for its well-known fails; its last good answer, {delegated}, is used for a while"
    ),
    "srv-query-failed": "the SRV question for {host} failed: {error}",
    "srv-question-failed": ("the SRV question for {host} failed: {error}; it is taken as if there were no such record"),
    "srv-record-skipped": "{host}: {reasons!l}",
    "srv-records-cut": "{host}: {count} SRV records are more than the limit; the first {kept} are used",
    "srv-target-skipped": "the SRV target {host} is a CNAME, which RFC 2782 forbids; it is skipped",
    "srv-target-followed": "the SRV target {host} is a CNAME, which RFC 2782 forbids; some servers refuse it",
    "too-many-addresses": "{host}: {reasons!l}",
    "addresses-cut": "{count} addresses are too many; the first {kept} are used",
    "address-question-failed": "{host}: {reasons!l}",
    "address-refused": "{host}: {reasons!c}; its other addresses are used",
    "refused": "{address} is refused by {rule}",
    "cache-control-cut": (
        "{host} has more Cache-Control than {directives} directives within {characters:,} characters; the rest is ignored"
    ),
    "targets-cut": "{host} has too many targets; left out: {reasons!a}",
    "targets-left-out": "{count} of its targets",
    "hosts-not-looked-up": "{count} of its hosts, not looked up",
    "trace-cut": "{count} lookups were made; the trace has the first {kept}",
    "warnings-cut": "and {count} more, which are not kept",
    # errors
    "srv-unusable": "there are SRV records for {host}, but none can be used: {reasons!l}",
    "dns-failed": "the DNS could not answer; {reasons!l}",
    "host-failed": "{host}: {because}",
    "no-address-and-srv-failed": "the DNS could not answer; {host} has no address, and an SRV question failed",
    "address-blocked": "{host} is at {address}, which is refused by the address policy ({rule})",
    "ip-literal-blocked": "{address} is refused by the address policy ({rule})",
    "host-in-refused-zone": "{host} lies in .{zone}, which is not asked for in the DNS",
    "srv-target-is-cname": "the SRV target {host} is a CNAME for {alias!p}, which RFC 2782 forbids",
    "no-address-in-dns": "{host} has no address in the DNS",
    "service-not-provided": 'the SRV record {record} has the target ".": {host} offers no Matrix federation',
}
"""The sentences by code. ``!q`` escapes and quotes a text from the network, ``!p`` escapes it; ``!l``, ``!c`` and ``!a`` join
the first few of several reasons with semicolons, commas or "and", and say how many of ``total`` are left."""


@attrs.frozen
class Reason:
    """Why something failed, or what is remarkable about it.

    Attributes:
        code: Stable kebab-case code.
        facts: Names and values. `Reason.of` makes a reason from keywords.
    """

    code: str
    facts: tuple[tuple[str, Fact], ...] = ()

    @classmethod
    def of(cls, code: str, **facts: Fact) -> "Reason":
        """Return a reason with *facts*; texts that are too long to be kept are cut."""
        return cls(code, tuple((name, _bounded(value)) for name, value in facts.items()))

    @property
    def chain(self) -> Iterator["Reason"]:
        """This reason, and those behind it, depth first."""
        yield self
        for _, value in self.facts:
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, Reason):
                    yield from each.chain

    def find(self, *codes: str) -> "Reason | None":
        """Return the first reason with one of *codes*, this one included; None if there is none."""
        return next((reason for reason in self.chain if reason.code in codes), None)

    def text(self, name: str) -> str:
        """Return a fact as text, of this reason or the first behind it that has it; an empty string if none has."""
        return next((str(value) for reason in self.chain for key, value in reason.facts if key == name), "")

    def __str__(self) -> str:
        sentence = SENTENCES.get(self.code)
        return self.code if sentence is None else _WRITER.vformat(sentence, (), dict(self.facts))


_SEPARATORS = {"l": "; ", "c": ", ", "a": " and "}


class _Writer(Formatter):
    """Fills in a sentence."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        value = super().get_value(key, args, kwargs)
        return (value, kwargs.get("total", len(cast("tuple[Fact, ...]", value)))) if isinstance(value, tuple) else value

    def convert_field(self, value: Any, conversion: Any) -> Any:
        match conversion:
            case "q":
                return quoted(value)
            case "p":
                return printable(value)
            case "l" | "c" | "a":
                reasons, total = value
                return first_few(map(str, reasons), total=total, separator=_SEPARATORS[conversion])
            case _:
                return super().convert_field(value, conversion)


_WRITER = _Writer()


def _bounded(value: Fact) -> Fact:
    return shortened(value, limit=_LONGEST) if isinstance(value, str) else value
