"""How to repair a broken well-known document. It depends on whether other servers find the homeserver without one."""

from ..evidence import Evidence
from ..faults import Remedy
from .assessed import AssessedEvidence
from .unreachable import is_network_trouble


def remedy_for(url: str, evidence: AssessedEvidence) -> Remedy:
    """Return what to serve at *url*. 404 is an option only if other servers find the homeserver without a delegation."""
    name = str(evidence.server_name)
    if _is_delegated(evidence):
        return Remedy(url, "serve", name)
    if evidence.has_working_target:
        return Remedy(url, "404-or-serve", name)
    if any(not is_network_trouble(probe.trouble) for probe in evidence.targets):
        return Remedy(url, "serve-or-404", name)
    return Remedy(url, "serve", name)


def _is_delegated(evidence: Evidence) -> bool:
    """Return whether a document delegates, now or in the resolution of this resolver."""
    is_remembered = evidence.resolution is not None and evidence.resolution.delegated is not None
    return is_remembered or any(probe.delegated is not None for probe in evidence.well_knowns)
