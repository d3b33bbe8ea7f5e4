"""Phrases that several findings share."""

from ..._util.ports import HTTPS_PORT
from ..._well_known.document import WELL_KNOWN_PATH
from ..faults import Remedy

HOST = "HOST is the hostname of the homeserver"
"""Explains the placeholder. Only the operator knows this hostname."""

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
    """Return the end of a sentence that says which document to serve at *url*."""
    return f"serve {document_for('HOST')} at {url}, with status 200 and Content-Type application/json ({HOST})"


def remedy_text(remedy: Remedy) -> str:
    """Return the end of a sentence that says what to serve instead of a broken document."""
    match remedy.choice:
        case "404-or-serve":
            return (
                f"answer 404 at {remedy.url}, because {remedy.server_name} needs no delegation, or {serve(remedy.url)}"
            )
        case "serve-or-404":
            return f"{serve(remedy.url)}, or answer 404 there if you do not want to delegate"
        case "serve":
            return serve(remedy.url)


def repair_name_servers(host: str) -> str:
    """Return how to repair name servers that fail instead of answering."""
    return (
        f"If other names resolve on this machine, repair the name servers of {host}: they must answer every query, "
        "even if there is no such record."
    )


def port_of(host: str, port: int) -> str:
    """Return a port and its host, for the middle of a sentence."""
    return f"port {port} of {host}"
