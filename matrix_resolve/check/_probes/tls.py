"""Make a TLS handshake, and read the certificate that the server presents, valid or not."""

import asyncio
import ssl

import attrs

from ..._connect.errors import describe_failure
from ..._connect.tls_connection import open_tls_connection
from ..._util.escaping import printable
from ...models import ConnectionTarget
from ...resolver import ServerNameResolver
from ...tls import disable_dhe
from ..bounds import Bounds, ConnectionBudget
from ..evidence import Certificate
from ..exchanges import ConnectionProblem
from .certificates import read_certificate
from .dhe import accepts_dhe, may_want_dhe

_DER = 2
"""The number of the DER encoding in Python's ``_ssl``."""


@attrs.frozen
class TlsProbe:
    """The result of a TLS handshake.

    Attributes:
        context: The context with which it succeeded: the resolver's, or, if the certificate is not valid, one that verifies nothing; otherwise
            None.
        version: The TLS version, or an empty string.
        certificate: The certificate that was presented, or None.
        trouble: Why no connection with a valid certificate was established, or None.
        accepts_dhe: True if the handshake failed, and the server accepted one with only finite-field Diffie-Hellman.
    """

    context: ssl.SSLContext | None
    version: str = ""
    certificate: Certificate | None = None
    trouble: ConnectionProblem | None = None
    accepts_dhe: bool = False


async def probe_tls(
    resolver: ServerNameResolver, target: ConnectionTarget, seconds: float, bounds: Bounds, budget: ConnectionBudget
) -> TlsProbe:
    """Connect to *target*. Connect again to find out more if its certificate is not valid or the handshake fails.

    Args:
        resolver: Provides the TLS context and ``connect_to``.
        target: Where to connect.
        seconds: The timeout of each attempt.
        bounds: The limit of handshakes with finite-field Diffie-Hellman.
        budget: The connections, for a second handshake; the first connection has already been taken.

    Raises:
        ConnectionsUsedUp: If the certificate is not valid, and no connection is left for a second handshake.
    """
    context = await resolver.load_ssl_context()
    probe = await _shake_hands(resolver, target, context, seconds)
    if probe.trouble is None:
        return probe
    if probe.trouble.code.startswith("certificate"):
        budget.take()
        lenient = await _shake_hands(resolver, target, unverified_ssl_context(), seconds)
        return attrs.evolve(lenient, trouble=probe.trouble)
    if not may_want_dhe(probe.trouble) or not (bounds.dhe.left and budget.left):
        return probe
    bounds.dhe.take()
    place = _place(resolver, target)
    return attrs.evolve(probe, accepts_dhe=await accepts_dhe(place, target.tls_server_name, seconds))


def _place(resolver: ServerNameResolver, target: ConnectionTarget) -> tuple[str, int]:
    return (target.ip, target.port) if resolver.connect_to is None else resolver.connect_to(target.ip, target.port)


async def _shake_hands(
    resolver: ServerNameResolver, target: ConnectionTarget, context: ssl.SSLContext, seconds: float
) -> TlsProbe:
    during = ["tcp"]
    try:
        place = _place(resolver, target)
        async with asyncio.timeout(seconds):
            transport, _ = await open_tls_connection(
                place, context, target.tls_server_name, asyncio.Protocol(), in_tls=lambda: during.append("tls")
            )
    except OSError as error:
        return TlsProbe(None, trouble=describe(error, target, during[-1]))
    except ValueError as error:  # raised for a name that cannot be sent in a handshake
        return TlsProbe(None, trouble=ConnectionProblem("failed", printable(str(error)), during[-1]))
    try:
        ssl_object: ssl.SSLObject = transport.get_extra_info("ssl_object")
        certificate = read_certificate(ssl_object.getpeercert(binary_form=True) or b"", _sent_with_it(ssl_object))
        return TlsProbe(context, ssl_object.version() or "", certificate)
    finally:
        transport.abort()


def _sent_with_it(ssl_object: ssl.SSLObject) -> list[bytes] | None:
    """Return the certificates after the first one; None if they are not known. Python has a public method for it since 3.13."""
    inner = getattr(ssl_object, "_sslobj", None)
    chain = getattr(ssl_object, "get_unverified_chain", None) or getattr(inner, "get_unverified_chain", None)
    if chain is None:
        return None
    return [each if isinstance(each, bytes) else each.public_bytes(_DER) for each in (chain() or ())[1:]]


def describe(error: OSError, target: ConnectionTarget, during: str) -> ConnectionProblem:
    """Return why *target* cannot be used."""
    described = describe_failure(error, target)
    code, message, problem = described.code, described.message, described.problem
    if not isinstance(error, ssl.SSLError):
        return ConnectionProblem(code, message, during, errno=error.errno, problem=problem)
    number = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    return ConnectionProblem(code, message, during, name=error.reason or "", number=number, problem=problem)


def unverified_ssl_context() -> ssl.SSLContext:
    """Return a context that accepts any certificate, so that its contents can be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    disable_dhe(context)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
