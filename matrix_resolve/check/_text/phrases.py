"""Parts of sentences that several findings share."""

from ..._util.ports import HTTPS_PORT
from ..._well_known.document import WELL_KNOWN_PATH
from ..faults import Remedy

HOST = "HOST is the name of the machine"
"""Explains the placeholder: only the operator knows what the machine is called."""

Words = tuple[str, str]
"""The cause and the repair of a finding."""


def sentence(text: str) -> str:
    """Return *text* with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def document_for(host: str, port: int = HTTPS_PORT) -> str:
    """Return the well-known document that delegates to *host*."""
    return f'{{"m.server": "{host}:{port}"}}'


def well_known_url(name: str | None) -> str:
    """Return the URL of the well-known document of *name*."""
    return f"https://{name}{WELL_KNOWN_PATH}"


def serve(url: str) -> str:
    """Return which document to serve at *url*, as the end of a sentence."""
    return f"serve {document_for('HOST')} at {url}, with status 200 and Content-Type application/json ({HOST})"


def remedy_text(remedy: Remedy) -> str:
    """Return what to answer in place of a broken document, as the end of a sentence."""
    match remedy.choice:
        case "404-or-serve":
            return f"answer 404 at {remedy.url}, as {remedy.server_name} is found without a delegation, or {serve(remedy.url)}"
        case "serve-or-404":
            return f"{serve(remedy.url)}, or answer 404 there if nothing is to be delegated"
        case "serve":
            return serve(remedy.url)


def repair_name_servers(host: str) -> str:
    """Return what name servers that fail instead of answering have to do."""
    return (
        f"Repair the name servers of {host}, if other names resolve from here: every question has to get an answer, "
        "and be it that there is no such record."
    )


def port_of(host: str, port: int) -> str:
    """Return a place for the middle of a sentence."""
    return f"port {port} of {host}"
