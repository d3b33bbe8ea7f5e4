"""The aiohttp backend for tests that only need to choose which certificates it trusts."""

from ssl import SSLContext

from matrix_resolve.backends.aiohttp import AiohttpBackend


def trusting(context: SSLContext) -> AiohttpBackend:
    """Return a backend that trusts the same certificates as *context*."""
    return AiohttpBackend(ssl_context=context)
