"""The configuration of HAProxy."""

from collections.abc import Sequence

from ..plan import Plan, Site
from ..templates import Template, fields_of, needed

_BEGINNING = """\
# HAProxy 2.4 or newer: add this to the end of /etc/haproxy/haproxy.cfg. If you already have a frontend on one of these ports, add the
# certificates and rules to it: HAProxy accepts two frontends without a warning, and distributes the connections between them.
# HAProxy needs the certificate and its key in one file. Create it now, and again after each renewal:
"""
_ONE_FILE = Template("""\
#   (umask 077 && cat @certificates/fullchain.pem @certificates/privkey.pem > @certificates/haproxy.pem)
""")
_DEFAULTS = """\
# Check and load the configuration: haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy

global
    tune.bufsize 32768 # some requests list hundreds of events

defaults matrix
    mode http
    log global
    option httplog
    timeout connect 10s
    timeout client 60s
    timeout server 600s # joining a large room takes minutes
"""
_FRONTEND = Template("""
frontend matrix_@port from matrix
    bind :@port ssl@{files} ssl-min-ver TLSv1.2
    bind :::@port v6only ssl@{files} ssl-min-ver TLSv1.2
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto https
    http-request deny if { path_reg -i (/|%2f)(\\.|%2e){2}(/|%2f|$) }
@{rules}    default_backend nowhere
""")
_FILE = Template(" crt @certificates/haproxy.pem")
_WELL_KNOWN = Template("""\
    # The well-known document, which delegates to the homeserver. In an existing frontend, put it before all other rules.
    http-request return status 200 content-type application/json hdr Cache-Control "@cache_control" string '@document' \
if { path /.well-known/matrix/server } { hdr(host),field(1,:),lower -m str @host }
""")
_FORWARD = Template("""\
    # Forward all of /_matrix unchanged to the homeserver.
    use_backend homeserver if { path_beg /_matrix/ } { hdr(host),field(1,:),lower -m str @host }
""")
_BACKENDS = Template("""
backend homeserver from matrix
    server homeserver @backend

backend nowhere from matrix
    http-request return status 404
""")


def haproxy_configuration(plan: Plan) -> str:
    """Return the HAProxy configuration: one frontend for each port, a backend for the homeserver, and one that answers 404."""
    ports = dict.fromkeys(site.port for site in plan.sites)
    parts = [
        _BEGINNING,
        *dict.fromkeys(_ONE_FILE.substitute(fields_of(plan, site)) for site in plan.sites),
        _DEFAULTS,
        *(_frontend(plan, [site for site in plan.sites if site.port == port]) for port in ports),
        _BACKENDS.substitute(fields_of(plan, plan.sites[-1])),
    ]
    return "".join(parts)


def _frontend(plan: Plan, sites: Sequence[Site]) -> str:
    each = [fields_of(plan, site) for site in sites]
    files = "".join(_FILE.substitute(fields) for fields in each)
    rules = "".join(needed(site, fields, _WELL_KNOWN, _FORWARD) for site, fields in zip(sites, each, strict=True))
    return _FRONTEND.substitute(each[0], files=files, rules=rules)
