"""The TLS context: created once, off the event loop, and shared by all connections.

Loading a hundred certificates takes longer than a resolution, and creating a context per request has used gigabytes of memory on servers.
"""

import asyncio
import ssl
from collections.abc import Mapping
from threading import Lock

import certifi

from ._util.argument_checks import shown

_FINITE_FIELD = {"kx-dhe", "kx-dhe-psk"}


def default_ssl_context(extra_cafile: str | None = None) -> ssl.SSLContext:
    """Return a new client context that trusts certifi's authorities and, optionally, those in another file.

    It requires TLS 1.2 or newer and a certificate, and compares hostnames only with the subject alternative names. Cipher suites with
    finite-field Diffie-Hellman are disabled: the server chooses the size of the group, and with 10,000 bits each handshake takes a second of
    CPU time.

    Args:
        extra_cafile: Path of a PEM file with more authorities, such as a private one.

    Returns:
        The context. Creating it blocks for some milliseconds, so do it once.

    Raises:
        OSError: If the file cannot be read.
        ssl.SSLError: If the file does not contain a certificate.

    Source:
        Matrix Server-Server API, "TLS"; RFC 9525 (no common names).
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    disable_dhe(context)
    if extra_cafile is not None:
        context.load_verify_locations(cafile=extra_cafile)
    return context


def disable_dhe(context: ssl.SSLContext) -> None:
    """Disable the cipher suites that use finite-field Diffie-Hellman."""
    context.set_ciphers(":".join(_suites_without_dhe(context)))


def _suites_without_dhe(context: ssl.SSLContext) -> list[str]:
    """Return the enabled TLS 1.2 suites without finite-field Diffie-Hellman. The suites of TLS 1.3 cannot be set, and stay enabled."""
    suites: list[Mapping[str, object]] = [suite for suite in context.get_ciphers() if suite["protocol"] != "TLSv1.3"]
    return [str(suite["name"]) for suite in suites if suite["kea"] not in _FINITE_FIELD]


class LazySslContext:
    """A context that is created when it is first used.

    Args:
        context: The caller's own context, or None to create the default one.

    Raises:
        TypeError: If *context* is anything else. HTTP clients take False to mean that certificates are not verified, so it must not reach them.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        if context is not None and not isinstance(context, ssl.SSLContext):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise TypeError(
                f"ssl_context is {shown(context)}; it must be an ssl.SSLContext, or None for default_ssl_context()"
            )
        self._context: ssl.SSLContext | None = context
        self._lock = Lock()

    def get(self) -> ssl.SSLContext:
        """Return the context, creating it if necessary."""
        with self._lock:
            if self._context is None:
                self._context = default_ssl_context()
            return self._context

    async def ready(self) -> ssl.SSLContext:
        """Return the context without blocking the event loop."""
        context = self._context
        return await asyncio.to_thread(self.get) if context is None else context
