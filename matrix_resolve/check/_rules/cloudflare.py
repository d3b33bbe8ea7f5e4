"""Recognise responses that come from Cloudflare, and statuses about its connection to the server behind it.

Source: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
"""

from ..exchanges import HttpExchange

_OWN_STATUSES = range(520, 528)


def is_by_cloudflare(exchange: HttpExchange) -> bool:
    """Return whether the response comes from Cloudflare."""
    return bool(exchange.header("cf-ray")) or exchange.header("server").lower() == "cloudflare"


def is_of_cloudflare(status: int) -> bool:
    """Return whether a status is one of Cloudflare's own statuses."""
    return status in _OWN_STATUSES
