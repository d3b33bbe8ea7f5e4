"""The overrides on which a result depends, as results, traces and errors name them."""

from collections.abc import Sequence
from typing import Literal

import attrs

from ._util.escaping import first_few, quoted
from .trace import TraceRecord

OverrideArgument = Literal["overrides", "host_overrides"]
"""The argument of `ServerNameResolver` that an override is in."""


@attrs.frozen
class AppliedOverride:
    """An override of the resolver that determined where a name or host leads.

    Attributes:
        argument: The argument of the resolver that it is in: ``"overrides"`` or ``"host_overrides"``.
        name: The server name or host, as it is written there.
        value: What it says, such as ``DelegateTo("matrix.example.com:443")`` or ``192.0.2.7``.
    """

    argument: OverrideArgument
    name: str
    value: str

    @property
    def place(self) -> str:
        """Where it is written, such as ``overrides["example.org"]``."""
        return f"{self.argument}[{quoted(self.name)}]"

    def __str__(self) -> str:
        return f"{self.place} = {self.value}"

    @property
    def record(self) -> TraceRecord:
        """The record that says in a trace that it was applied."""
        return TraceRecord("override", self.place, self.value, name=self.name)


def remark_on(overrides: Sequence[AppliedOverride]) -> str:
    """Return the end of an error message that names the applied *overrides*; an empty string if there are none."""
    verb = "overrides apply" if len(overrides) > 1 else "an override applies"
    return f"; {verb}: {first_few(map(str, overrides), total=len(overrides), separator=', ')}" if overrides else ""
