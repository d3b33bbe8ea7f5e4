"""The configuration of Caddy."""

from ..._util.ports import HTTPS_PORT
from ..plan import DelegationMethod, Plan, Site
from ..templates import Template, fields_of, needed

_BEGINNING = """\
# Caddy 2: use this as /etc/caddy/Caddyfile, or add it at the end. Check and load it: caddy validate --config /etc/caddy/Caddyfile && systemctl reload caddy
"""
_AUTOMATIC = """\
# Caddy gets the certificates itself. For this it must be reachable on port 80 or 443 of each hostname.
"""
_AUTOMATIC_ELSEWHERE = Template("""\
# Caddy gets the certificates itself. @host may lead to another machine, so Caddy must prove with a DNS record that the name is yours:
# build it with the module of your DNS provider, and add "tls { dns ... }" to the block. Or get the certificate elsewhere, and use --certificates.
""")
_SITE = Template("""
@host@{port} {
@{certificate}@{handlers}    handle {
        respond 404
    }
}
""")
_CERTIFICATE = Template("""\
    tls @certificates/fullchain.pem @certificates/privkey.pem
""")
_WELL_KNOWN = Template("""\
    # The well-known document, which delegates to the homeserver. If you already have a block for @host, add only this handler to it.
    handle /.well-known/matrix/server {
        header Content-Type application/json
        header Cache-Control "@cache_control"
        respond `@document`
    }
""")
_FORWARD = Template("""\
    # Forward all of /_matrix unchanged to the homeserver.
    handle /_matrix/* {
        @@leads_out vars_regexp {http.request.uri.path} /[.][.](/|$)
        respond @@leads_out 404
        reverse_proxy @backend
    }
""")


def caddy_configuration(plan: Plan) -> str:
    """Return one block for each site."""
    sites = "".join(_site(plan, site) for site in plan.sites)
    return _BEGINNING + _about_certificates(plan) + sites


def _about_certificates(plan: Plan) -> str:
    if plan.certificates:
        return ""
    return (
        _AUTOMATIC_ELSEWHERE.substitute(fields_of(plan, plan.sites[0]))
        if plan.method is DelegationMethod.SRV
        else _AUTOMATIC
    )


def _site(plan: Plan, site: Site) -> str:
    fields = fields_of(plan, site)
    certificate = _CERTIFICATE.substitute(fields) if plan.certificates else ""
    # Caddy refuses two blocks for one name. It would accept one for the name and one for the name with port 443, and use only the first.
    port = "" if site.port == HTTPS_PORT else f":{site.port}"
    return _SITE.substitute(
        fields | {"port": port}, certificate=certificate, handlers=needed(site, fields, _WELL_KNOWN, _FORWARD)
    )
