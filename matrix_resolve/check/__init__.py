"""Check a server name as other servers see it: what is wrong, and how to repair it.

`check` gathers the evidence, and pure functions evaluate it. It needs the extra ``matrix-resolve[check]``.
"""

from .checker import check
from .evidence import Certificate, DnsReply, Evidence, KeyFacts, LeftOut, Reach, TargetProbe, WellKnownProbe
from .exchanges import HttpExchange, Trouble
from .findings import SEVERITIES, EvidenceLine, Finding, Severity, Verdict
from .report import SCHEMA_VERSION, CheckReport

__all__ = [
    "SCHEMA_VERSION",
    "SEVERITIES",
    "Certificate",
    "CheckReport",
    "DnsReply",
    "Evidence",
    "EvidenceLine",
    "Finding",
    "HttpExchange",
    "KeyFacts",
    "LeftOut",
    "Reach",
    "Severity",
    "TargetProbe",
    "Trouble",
    "Verdict",
    "WellKnownProbe",
    "check",
]
