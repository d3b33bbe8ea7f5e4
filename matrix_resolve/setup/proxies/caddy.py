"""The configuration of Caddy."""

from ..._util.ports import HTTPS_PORT
from ..plan import Plan, Site, Way
from ..templates import Template, fields_of, needed

_BEGINNING = """\
# Caddy 2, as /etc/caddy/Caddyfile or at its end. Check and load it: caddy validate --config /etc/caddy/Caddyfile && systemctl reload caddy
"""
_AUTOMATIC = """\
# Caddy gets the certificates itself, for which it must be reachable on port 80 or 443 of each hostname.
"""
_AUTOMATIC_ELSEWHERE = Template("""\
# Caddy gets the certificates itself. As @host leads to another machine, it can show by a DNS record only that the name is yours: build it
# with the module of your DNS provider, and add "tls { dns ... }" to the block. Or have the certificate made elsewhere, and use --certificates.
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
    # Tells others where the homeserver is. If there is a block for @host already, add this handler to it, and leave out the rest.
    handle /.well-known/matrix/server {
        header Content-Type application/json
        header Cache-Control "@cache_control"
        respond `@document`
    }
""")
_FORWARD = Template("""\
    # All of /_matrix goes to the homeserver as it came.
    handle /_matrix/* {
        @@leads_out vars_regexp {http.request.uri.path} /[.][.](/|$)
        respond @@leads_out 404
        reverse_proxy @backend
    }
""")


def caddy_configuration(plan: Plan) -> str:
    """Give one block for each site."""
    sites = "".join(_site(plan, site) for site in plan.sites)
    return _BEGINNING + _about_certificates(plan) + sites


def _about_certificates(plan: Plan) -> str:
    if plan.certificates:
        return ""
    return _AUTOMATIC_ELSEWHERE.substitute(fields_of(plan, plan.sites[0])) if plan.way is Way.SRV else _AUTOMATIC


def _site(plan: Plan, site: Site) -> str:
    fields = fields_of(plan, site)
    certificate = _CERTIFICATE.substitute(fields) if plan.certificates else ""
    # Caddy refuses two blocks for one name, but not one for the name and one for the name with the very port, of which the first would win.
    port = "" if site.port == HTTPS_PORT else f":{site.port}"
    return _SITE.substitute(
        fields | {"port": port}, certificate=certificate, handlers=needed(site, fields, _WELL_KNOWN, _FORWARD)
    )
