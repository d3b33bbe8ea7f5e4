"""Templates of configuration files. Fields are ``@name``, because the configuration languages use ``$`` and braces themselves."""

import string

from .plan import Plan, Site


class Template(string.Template):
    """A text with fields such as ``@name``. ``@@`` stands for a literal ``@``."""

    delimiter = "@"


def fields_of(plan: Plan, site: Site) -> dict[str, str]:
    """Return the values of the fields for one site."""
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
    """Return the parts of a configuration that *site* needs: *well_known* to serve the document, *forward* to forward requests."""
    parts = [(well_known, site.delegation is not None), (forward, site.forwards)]
    return "".join(part.substitute(fields) for part, is_needed in parts if is_needed)
