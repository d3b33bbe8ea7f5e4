"""What has to be known and done, in sentences and commands."""

import textwrap
from collections.abc import Iterator

from .._util.ports import HTTPS_PORT
from .._well_known.document import WELL_KNOWN_PATH
from .plan import FEDERATION_PORT, Plan, Way

_WIDTH = 120
_VERSION = "/_matrix/federation/v1/version"


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def choice(plan: Plan) -> str:
    """Explain the ways to be found, and which one this is."""
    if plan.server_name.port:
        return _paragraphs(_about_explicit_port(plan), *_notes(plan))
    return _paragraphs(*_about_ways(plan), *_notes(plan))


def _notes(plan: Plan) -> Iterator[str]:
    return (f"Note: {remark}" for remark in plan.remarks)


def _about_explicit_port(plan: Plan) -> str:
    return (
        f"{plan.server_name} has a port, which becomes part of all user IDs (@user:{plan.server_name}). Others connect to that port of "
        f"{plan.machine} and look for no well-known and no SRV record."
    )


def _about_ways(plan: Plan) -> Iterator[str]:
    name = plan.server_name.tls_server_name
    other = plan.machine if plan.machine != name else f"matrix.{name}"
    yield f"Users will be @user:{name}. There are three ways for other servers to find {name}; this is {_CALLED[plan.way]}."
    yield (
        f"* Well-known (preferred): https://{name}{WELL_KNOWN_PATH} says where the server is, such as {other}:{HTTPS_PORT}. Others "
        f"connect there and expect the certificate of {other}; one reverse proxy on port {HTTPS_PORT} does everything."
    )
    yield (
        f"* Port {FEDERATION_PORT}: nothing is published. {name} itself answers on port {FEDERATION_PORT}, with a certificate for {name}."
    )
    yield (
        f"* SRV records (discouraged): they change the address and the port, and nothing else. Host header, TLS name and certificate stay "
        f"{name}: the proxy on {other} is never asked for {other} and must hold a certificate for {name}. If both have the same address, "
        "the record changes the port alone."
    )
    if plan.way is Way.PORT:
        yield f"To get a well-known instead, say where the server is: --at {other}."
    if plan.way is not Way.WELL_KNOWN:
        yield (
            f"Others ask for the well-known first, whatever you choose: what answers on port {HTTPS_PORT} of {name} must say 404 to "
            f"{WELL_KNOWN_PATH}, and if nothing does, the port must refuse connections rather than drop them, for which others would wait."
        )


_CALLED = {Way.WELL_KNOWN: "a well-known", Way.SRV: "SRV records", Way.PORT: f"port {FEDERATION_PORT}"}


def _paragraphs(*paragraphs: str) -> str:
    return "".join(f"{_wrapped(text, '  ' if text.startswith('* ') else '')}\n" for text in paragraphs)


def homeserver(plan: Plan) -> str:
    """Say what the homeserver itself has to be told."""
    text = (
        f"Its server name is {plan.server_name} (in Synapse: server_name), which can never be changed later. Let it listen on {plan.backend} in "
        "plain HTTP (in Synapse: a listener with tls: false, x_forwarded: true and the resources client and federation); the proxy does the "
        "TLS. "
    )
    if plan.way is Way.WELL_KNOWN:
        text += "What is below forwards /_matrix, for servers and clients; single sign-on with Synapse needs /_synapse/client, too."
    else:
        text += (
            "What is below is for other servers. Clients also need a hostname with a certificate for it on port 443, which forwards /_matrix "
            f"to the homeserver, and a document that names it at https://{plan.server_name.tls_server_name}/.well-known/matrix/client."
        )
    return _paragraphs(text)


def certificates(plan: Plan, *, are_automatic: bool) -> str:
    """Say which names are certified on which ports.

    Args:
        plan: The plan.
        are_automatic: True if the only proxy is one that gets them itself.
    """
    return "".join(f"{line}\n" for line in _certificates(plan, are_automatic=are_automatic))


def _certificates(plan: Plan, *, are_automatic: bool) -> Iterator[str]:
    yield _wrapped(
        "From an authority that everybody trusts, such as Let's Encrypt; other servers refuse self-signed certificates. Needed are:"
    )
    for site in plan.sites:
        purpose = "for the homeserver" if site.forwards else "for the document"
        files = "" if are_automatic else f": {plan.certificate_folder(site)}/fullchain.pem and privkey.pem"
        yield f"  {site.host} on port {site.port}, {purpose}{files}"
    if are_automatic:
        yield "Caddy gets them itself."
    elif plan.certificates is None:
        yield _wrapped(
            "These folders are certbot's if it is asked for each hostname by itself. One certificate for several hostnames is in the folder "
            "of the first: change the paths then."
        )
    if plan.way is Way.SRV and plan.machine != plan.server_name.tls_server_name:
        yield _wrapped(
            f"A certificate for {plan.machine} is not needed: no server will ask for it. As {plan.machine} is not where {plan.server_name} "
            "leads by itself, the authority must be shown by a DNS record (the DNS-01 challenge) that the name is yours, or the certificate "
            "is made elsewhere and copied."
        )


def verification(plan: Plan) -> str:
    """Give the commands that show that it works, each with what it should say."""
    return "".join(f"{line}\n" for line in _verification(plan))


def _verification(plan: Plan) -> Iterator[str]:
    name = plan.server_name.tls_server_name
    if plan.delegation:
        yield f"# It prints {plan.delegation.document}"
        yield f"curl --fail https://{name}{WELL_KNOWN_PATH}"
    yield "# It prints the name and version of the homeserver, as other servers see it"
    yield f"curl --fail {_as_others_do(plan)}"
    yield f"# It prints {_expected(plan)}"
    yield f"matrix-resolve {plan.server_name}"
    yield "# Run from outside your network, it looks at all of it, and says what to repair"
    yield f"matrix-resolve check {plan.server_name}"


def _as_others_do(plan: Plan) -> str:
    """Give the URL whose Host is the right one, and where it leads if that is not where the URL says."""
    if plan.way is Way.WELL_KNOWN or plan.server_name.port:
        return f"https://{plan.machine}:{plan.port}{_VERSION}"
    name = plan.server_name.tls_server_name
    return f"--connect-to {name}:{HTTPS_PORT}:{plan.machine}:{plan.port} https://{name}{_VERSION}"


def _expected(plan: Plan) -> str:
    if plan.delegation:
        return f'"step 3.2: delegated to {plan.delegation.delegate_to}", and the addresses of {plan.machine}'
    step = "4" if plan.way is Way.SRV else "2" if plan.server_name.port else "6"
    return f'"step {step}", and the addresses of {plan.machine} with port {plan.port}'
