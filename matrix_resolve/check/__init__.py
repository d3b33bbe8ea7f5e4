"""Check a server name as other servers see it: what is wrong, and how to repair it.

`check_server` gathers the evidence, and pure functions evaluate it. It needs the extra ``matrix-resolve[check]``.
"""

from .checker import check_server
from .evidence import AddressFamilies, Certificate, DnsReply, Evidence, KeyFacts, LeftOut, TargetProbe, WellKnownProbe
from .exchanges import ConnectionProblem, HttpExchange
from .findings import SEVERITIES, EvidenceLine, Finding, Severity, Verdict
from .report import SCHEMA_VERSION, CheckReport

__all__ = [
    "SCHEMA_VERSION",
    "SEVERITIES",
    "AddressFamilies",
    "Certificate",
    "CheckReport",
    "ConnectionProblem",
    "DnsReply",
    "Evidence",
    "EvidenceLine",
    "Finding",
    "HttpExchange",
    "KeyFacts",
    "LeftOut",
    "Severity",
    "TargetProbe",
    "Verdict",
    "WellKnownProbe",
    "check_server",
]
