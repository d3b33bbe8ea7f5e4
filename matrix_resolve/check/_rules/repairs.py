"""The way out of a broken well-known: what is to be answered in its place depends on whether the server is found without it."""

from ..evidence import Evidence
from .unreachable import is_network_trouble
from .working import document_for, has_working_target

HOST = "HOST is the name of the machine"
"""Explains the placeholder: what the machine is called is for the operator to say."""


def serve(url: str) -> str:
    """Say which document is to be served at *url*; the words end a sentence."""
    return f"serve {document_for('HOST')} at {url}, with status 200 and Content-Type application/json ({HOST})"


def serve_or_404(url: str, evidence: Evidence) -> str:
    """Say what is to be answered at *url*, where 404 is a way out only if servers find the homeserver without a delegation."""
    if _is_delegated(evidence):
        return serve(url)
    if has_working_target(evidence):
        return f"answer 404 at {url}, as {evidence.server_name} is found without a delegation, or {serve(url)}"
    if any(not is_network_trouble(probe.trouble) for probe in evidence.targets):
        return f"{serve(url)}, or answer 404 there if nothing is to be delegated"
    return serve(url)


def sentence(text: str) -> str:
    """Make a sentence of what ends one."""
    return f"{text[:1].upper()}{text[1:]}."


def _is_delegated(evidence: Evidence) -> bool:
    """Say whether something delegates: an address of the well-known host, or what this resolver remembers."""
    is_remembered = evidence.resolution is not None and evidence.resolution.delegated is not None
    return is_remembered or any(probe.delegated is not None for probe in evidence.well_knowns)
