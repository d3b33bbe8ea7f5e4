"""Templates of configuration files: ``@name`` is filled in, as ``$`` and braces belong to the languages of the servers."""

import string

from .plan import Plan, Site


class Template(string.Template):
    """A text with ``@name`` in it; ``@@`` is the character itself."""

    delimiter = "@"


def fields_of(plan: Plan, site: Site) -> dict[str, str]:
    """Return what a template of one site may name."""
    delegation = site.delegation
    return {
        "server_name": plan.server_name.tls_server_name,
        "host": site.host,
        "port": str(site.port),
        "backend": plan.backend,
        "certificates": plan.certificate_folder(site),
        "web_root": plan.web_root,
        "document": delegation.document if delegation else "",
        "cache_control": delegation.headers["Cache-Control"] if delegation else "",
    }


def needed(site: Site, fields: dict[str, str], well_known: Template, forward: Template) -> str:
    """Fill in those of the two parts of a site that its job needs."""
    parts = [(well_known, site.delegation is not None), (forward, site.forwards)]
    return "".join(part.substitute(fields) for part, is_needed in parts if is_needed)
