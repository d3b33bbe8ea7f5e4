"""The configuration of the Apache HTTP server."""

from ..._util.ports import HTTPS_PORT
from ..plan import Plan, Site
from ..templates import Template, fields_of, needed

_BEGINNING = """\
# Apache 2.4.39 or newer: save this as /etc/apache2/sites-available/matrix.conf. Check and load it:
# a2enmod ssl proxy proxy_http headers && a2ensite matrix && apache2ctl configtest && systemctl restart apache2
"""
_DOCUMENT = Template("""\
# Create the document as a file: mkdir -p @web_root/.well-known/matrix && echo '@document' > @web_root/.well-known/matrix/server
""")
_LIMITS = """
# Some requests list hundreds of events. Set this outside the virtual hosts: the first one on a port decides for all of them.
LimitRequestLine 32768
"""
_LISTEN = Template("""
Listen @port
""")
_HOST = Template("""
<VirtualHost *:@port>
    ServerName @host
    SSLEngine on
    SSLCertificateFile @certificates/fullchain.pem
    SSLCertificateKeyFile @certificates/privkey.pem
@{parts}
    RedirectMatch 404 "^/(?!_matrix/|\\.well-known/matrix/server$)"
</VirtualHost>
""")
_WELL_KNOWN = Template("""
    # The well-known document, which delegates to the homeserver. If you already have a virtual host for @host, add only these lines to it.
    Alias /.well-known/matrix/server @web_root/.well-known/matrix/server
    <Directory @web_root/.well-known/matrix>
        Require all granted
        ForceType application/json
        Header set Cache-Control "@cache_control"
    </Directory>
""")
_FORWARD = Template("""
    # Forward all of /_matrix unchanged: encoded slashes stay encoded, and repeated slashes are not merged.
    AllowEncodedSlashes NoDecode
    MergeSlashes Off
    LimitRequestBody 0
    ProxyPreserveHost On
    ProxyPass /_matrix/ http://@backend/_matrix/ nocanon timeout=600
    RequestHeader set X-Forwarded-Proto https
    RequestHeader unset X-Forwarded-For
    <LocationMatch "(?i)(/|%2f)[.][.](/|%2f|$)">
        Require all denied
    </LocationMatch>
""")


def apache_configuration(plan: Plan) -> str:
    """Return one virtual host for each site. There is no Listen for port 443, because distributions configure it already."""
    document = [_DOCUMENT.substitute(fields_of(plan, site)) for site in plan.sites if site.delegation]
    return _BEGINNING + "".join(document) + _LIMITS + "".join(_host(plan, site) for site in plan.sites)


def _host(plan: Plan, site: Site) -> str:
    fields = fields_of(plan, site)
    listen = "" if site.port == HTTPS_PORT else _LISTEN.substitute(fields)
    return listen + _HOST.substitute(fields, parts=needed(site, fields, _WELL_KNOWN, _FORWARD))
