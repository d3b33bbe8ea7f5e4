"""Throw-away certificates of every kind, right and wrong."""

import datetime as dt
import ssl
from functools import cache

import trustme


@cache
def authority() -> trustme.CA:
    """The one authority of a test run: making a key takes time."""
    return trustme.CA()


def client_context() -> ssl.SSLContext:
    """A client that trusts the authority, as strictly as the library's own context."""
    context = ssl.create_default_context()
    context.hostname_checks_common_name = False
    authority().configure_trust(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
    return context


@cache
def server_context(*names: str, kind: str = "right") -> ssl.SSLContext:
    """The one context for *names* and *kind*."""
    return own_server_context(*names, kind=kind)


def own_server_context(*names: str, kind: str = "right") -> ssl.SSLContext:
    """A new server context with a certificate for *names*: ``"right"``, ``"expired"`` or ``"self-signed"``."""
    issuer = trustme.CA() if kind == "self-signed" else authority()
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = issuer.issue_cert(*names, not_after=long_ago) if kind == "expired" else issuer.issue_cert(*names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is optional
    return context
