"""What to answer in place of a broken well-known document: it depends on whether the server is found without one."""

from ..evidence import Evidence
from ..faults import Remedy
from .assessed import AssessedEvidence
from .unreachable import is_network_trouble


def remedy_for(url: str, evidence: AssessedEvidence) -> Remedy:
    """Return what to answer at *url*; 404 is an option only if servers find the homeserver without a delegation."""
    name = str(evidence.server_name)
    if _is_delegated(evidence):
        return Remedy(url, "serve", name)
    if evidence.has_working_target:
        return Remedy(url, "404-or-serve", name)
    if any(not is_network_trouble(probe.trouble) for probe in evidence.targets):
        return Remedy(url, "serve-or-404", name)
    return Remedy(url, "serve", name)


def _is_delegated(evidence: Evidence) -> bool:
    """Return whether something delegates: an address of the well-known host, or what this resolver remembers."""
    is_remembered = evidence.resolution is not None and evidence.resolution.delegated is not None
    return is_remembered or any(probe.delegated is not None for probe in evidence.well_knowns)
