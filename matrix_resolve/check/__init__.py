"""Check a server name as other servers see it: what is wrong, and how to repair it.

`check_server` gathers the evidence, and pure functions evaluate it. It needs the extra ``matrix-resolve[check]``.
"""

from .._well_known.codec import FetchKind
from .checker import check_server
from .evidence import (
    AddressFamilies,
    Certificate,
    CheckLimit,
    DnsReply,
    Evidence,
    KeyFacts,
    LeftOut,
    LeftOutKind,
    TargetProbe,
    WellKnownProbe,
    WellKnownReason,
)
from .exchanges import ConnectionProblem, HttpExchange, ProblemCode, ProblemPhase
from .findings import SEVERITIES, EvidenceLine, Finding, FindingCode, Severity, Verdict
from .report import SCHEMA_VERSION, CheckReport

__all__ = [
    "SCHEMA_VERSION",
    "SEVERITIES",
    "AddressFamilies",
    "Certificate",
    "CheckLimit",
    "CheckReport",
    "ConnectionProblem",
    "DnsReply",
    "Evidence",
    "EvidenceLine",
    "FetchKind",
    "Finding",
    "FindingCode",
    "HttpExchange",
    "KeyFacts",
    "LeftOut",
    "LeftOutKind",
    "ProblemCode",
    "ProblemPhase",
    "Severity",
    "TargetProbe",
    "Verdict",
    "WellKnownProbe",
    "WellKnownReason",
    "check_server",
]
