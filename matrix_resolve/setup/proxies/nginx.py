"""The configuration of nginx."""

from ..plan import Plan, Site
from ..templates import Template, fields_of, needed

_BEGINNING = """\
# nginx: save this as /etc/nginx/conf.d/matrix.conf. Check and load it: nginx -t && systemctl reload nginx
"""
_SERVER = Template("""
server {
    listen @port ssl;
    listen [::]:@port ssl;
    server_name @host;
    ssl_certificate @certificates/fullchain.pem;
    ssl_certificate_key @certificates/privkey.pem;
@{locations}
    location / {
        return 404;
    }
}
""")
_WELL_KNOWN = Template("""
    # The well-known document, which delegates to the homeserver. If you already have a server block for @host, add only this location to it.
    location = /.well-known/matrix/server {
        default_type application/json;
        add_header Cache-Control "@cache_control";
        return 200 '@document';
    }
""")
_FORWARD = Template("""
    # Forward all of /_matrix unchanged: nothing may follow the address in proxy_pass.
    large_client_header_buffers 4 32k; # some requests list hundreds of events
    client_max_body_size 0; # the homeserver has its own limits
    location /_matrix/ {
        proxy_pass http://@backend;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto https;
        proxy_read_timeout 600s; # joining a large room takes minutes
    }
""")


def nginx_configuration(plan: Plan) -> str:
    """Return one ``server`` block for each site."""
    return _BEGINNING + "".join(_server(plan, site) for site in plan.sites)


def _server(plan: Plan, site: Site) -> str:
    fields = fields_of(plan, site)
    return _SERVER.substitute(fields, locations=needed(site, fields, _WELL_KNOWN, _FORWARD))
