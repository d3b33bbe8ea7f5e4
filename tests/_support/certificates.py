"""Temporary certificates, valid and invalid ones."""

import datetime as dt
import ssl
from functools import cache

import trustme


@cache
def authority() -> trustme.CA:
    """Return the authority of the test run. There is only one, because creating a key takes time."""
    return trustme.CA()


def client_context() -> ssl.SSLContext:
    """Return a client context that trusts the authority and is as strict as the library's own context."""
    context = ssl.create_default_context()
    context.hostname_checks_common_name = False
    authority().configure_trust(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
    return context


@cache
def server_context(*names: str, kind: str = "right") -> ssl.SSLContext:
    """Return the shared server context for *names* and *kind*."""
    return own_server_context(*names, kind=kind)


def own_server_context(*names: str, kind: str = "right") -> ssl.SSLContext:
    """Return a new server context for *names*; *kind* is ``"right"``, ``"expired"`` or ``"self-signed"``."""
    issuer = trustme.CA() if kind == "self-signed" else authority()
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = issuer.issue_cert(*names, not_after=long_ago) if kind == "expired" else issuer.issue_cert(*names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
    return context
