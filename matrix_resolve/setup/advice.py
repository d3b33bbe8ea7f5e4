"""The instructions for a plan: what to know, what to do, and commands that verify it."""

import textwrap
from collections.abc import Iterator

from .._util.ports import HTTPS_PORT
from .._well_known.document import WELL_KNOWN_PATH
from ..discovery.steps import DEFAULT_PORT
from .plan import DelegationMethod, Plan

_WIDTH = 120
_VERSION = "/_matrix/federation/v1/version"


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def choice(plan: Plan) -> str:
    """Return a text about the ways in which other servers can find a homeserver, and the one that was chosen."""
    if plan.server_name.port:
        return _paragraphs(_about_explicit_port(plan), *_notes(plan))
    return _paragraphs(*_about_ways(plan), *_notes(plan))


def _notes(plan: Plan) -> Iterator[str]:
    return (f"Note: {remark}" for remark in plan.remarks)


def _about_explicit_port(plan: Plan) -> str:
    return (
        f"{plan.server_name} has a port, which becomes part of all user IDs (@user:{plan.server_name}). Other servers connect to that port of "
        f"{plan.machine}, and request neither a well-known document nor SRV records."
    )


def _about_ways(plan: Plan) -> Iterator[str]:
    name = plan.server_name.tls_server_name
    other = plan.machine if plan.machine != name else f"matrix.{name}"
    yield f"User IDs will be @user:{name}. Other servers can find {name} in three ways; this plan uses {_CALLED[plan.method]}."
    yield (
        f"* Well-known document (preferred): https://{name}{WELL_KNOWN_PATH} names the server, such as {other}:{HTTPS_PORT}. Other servers "
        f"connect there and expect a certificate for {other}. One reverse proxy on port {HTTPS_PORT} is enough."
    )
    yield (
        f"* Port {DEFAULT_PORT}: you publish nothing. {name} itself answers on port {DEFAULT_PORT}, with a certificate for {name}."
    )
    yield (
        f"* SRV records (discouraged): they change only the address and the port. Host header, TLS name and certificate stay {name}: other "
        f"servers never use the name {other}, so the proxy there needs a certificate for {name}. If both names have the same address, the "
        "record changes only the port."
    )
    if plan.method is DelegationMethod.PORT:
        yield f"To use a well-known document instead, name the machine: --at {other}."
    if plan.method is not DelegationMethod.WELL_KNOWN:
        yield (
            f"Other servers always request the well-known document first. So port {HTTPS_PORT} of {name} must answer 404 to {WELL_KNOWN_PATH}. "
            "If nothing answers there, the port must refuse connections, not drop them: otherwise other servers wait for a timeout."
        )


_CALLED = {
    DelegationMethod.WELL_KNOWN: "a well-known document",
    DelegationMethod.SRV: "SRV records",
    DelegationMethod.PORT: f"port {DEFAULT_PORT}",
}


def _paragraphs(*paragraphs: str) -> str:
    return "".join(f"{_wrapped(text, '  ' if text.startswith('* ') else '')}\n" for text in paragraphs)


def homeserver(plan: Plan) -> str:
    """Return a text about the configuration of the homeserver itself."""
    text = (
        f"Set its server name to {plan.server_name} (in Synapse: server_name); you can never change it later. Make it listen on {plan.backend} "
        "in plain HTTP (in Synapse: a listener with tls: false, x_forwarded: true and the resources client and federation). The reverse proxy "
        "handles TLS. "
    )
    if plan.method is DelegationMethod.WELL_KNOWN:
        text += "The configurations below forward /_matrix, for servers and clients. For single sign-on with Synapse, also forward /_synapse/client."
    else:
        text += (
            "The configurations below are for other servers. Clients also need a hostname that has a certificate on port 443 and forwards "
            "/_matrix to the homeserver, and a document that names it at "
            f"https://{plan.server_name.tls_server_name}/.well-known/matrix/client."
        )
    return _paragraphs(text)


def certificates(plan: Plan, *, are_automatic: bool) -> str:
    """Return a text that lists which names need certificates on which ports.

    Args:
        plan: The plan.
        are_automatic: True if the only proxy is one that obtains its certificates automatically.
    """
    return "".join(f"{line}\n" for line in _certificates(plan, are_automatic=are_automatic))


def _certificates(plan: Plan, *, are_automatic: bool) -> Iterator[str]:
    yield _wrapped(
        "Get these certificates from a public authority, such as Let's Encrypt. Other servers refuse self-signed certificates."
    )
    for site in plan.sites:
        purpose = "for the homeserver" if site.forwards else "for the document"
        files = "" if are_automatic else f": {plan.certificate_folder(site)}/fullchain.pem and privkey.pem"
        yield f"  {site.host} on port {site.port}, {purpose}{files}"
    if are_automatic:
        yield "Caddy gets them itself."
    elif plan.certificates is None:
        yield _wrapped(
            "These are certbot's folders if you request one certificate for each hostname. A certificate for several hostnames is in the folder "
            "of the first one: change the paths then."
        )
    if plan.method is DelegationMethod.SRV and plan.machine != plan.server_name.tls_server_name:
        yield _wrapped(
            f"You need no certificate for {plan.machine}: other servers never use this name. {plan.server_name} may lead to another machine, so "
            "prove to the authority with a DNS record (the DNS-01 challenge) that the name is yours, or get the certificate on that machine "
            "and copy it."
        )


def verification(plan: Plan) -> str:
    """Return commands that verify the setup, each with its expected output."""
    return "".join(f"{line}\n" for line in _verification(plan))


def _verification(plan: Plan) -> Iterator[str]:
    name = plan.server_name.tls_server_name
    if plan.delegation:
        yield f"# This prints {plan.delegation.document}"
        yield f"curl --fail https://{name}{WELL_KNOWN_PATH}"
    yield "# This prints the name and version of the homeserver, as other servers see it"
    yield f"curl --fail {_as_others_do(plan)}"
    yield f"# This prints {_expected(plan)}"
    yield f"matrix-resolve {plan.server_name}"
    yield "# This checks everything, and prints what to repair; run it from outside your network"
    yield f"matrix-resolve check {plan.server_name}"


def _as_others_do(plan: Plan) -> str:
    """Return the arguments of curl that send the right Host header, and connect to the machine even if the URL has another name."""
    if plan.method is DelegationMethod.WELL_KNOWN or plan.server_name.port:
        return f"https://{plan.machine}:{plan.port}{_VERSION}"
    name = plan.server_name.tls_server_name
    return f"--connect-to {name}:{HTTPS_PORT}:{plan.machine}:{plan.port} https://{name}{_VERSION}"


def _expected(plan: Plan) -> str:
    if plan.delegation:
        return f'"step 3.2: delegated to {plan.delegation.delegate_to}", and the addresses of {plan.machine}'
    step = "4" if plan.method is DelegationMethod.SRV else "2" if plan.server_name.port else "6"
    return f'"step {step}", and the addresses of {plan.machine} with port {plan.port}'
