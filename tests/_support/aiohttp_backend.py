"""The aiohttp backend for tests that only care which certificates it trusts."""

from ssl import SSLContext

from matrix_resolve.backends.aiohttp import AiohttpBackend


def trusting(context: SSLContext) -> AiohttpBackend:
    """Return a backend that trusts what *context* trusts."""
    return AiohttpBackend(ssl_context=context)
