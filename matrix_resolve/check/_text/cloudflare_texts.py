"""What Cloudflare means by its own status codes: all are about the connection between it and the server behind it.

Source: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
"""

from collections.abc import Mapping

_TLS = "let the server behind Cloudflare present a certificate that is valid for this name"
_OPEN = "start the server behind Cloudflare, and let it take connections from Cloudflare's addresses"
_WORDS: Mapping[int, tuple[str, str]] = {
    520: ("gets no usable answer from the server behind it", "see the log of the server behind Cloudflare"),
    521: ("cannot connect to the server behind it, which refuses", _OPEN),
    522: ("gets no connection in time to the server behind it", _OPEN),
    523: ("has no way to the server behind it", "correct the address of the server in Cloudflare's DNS"),
    524: ("waits too long for an answer of the server behind it", "see why the server behind Cloudflare is slow"),
    525: ("cannot set up TLS with the server behind it", _TLS),
    526: ("does not trust the certificate of the server behind it", _TLS),
    527: ("cannot reach the server behind it (Railgun)", _OPEN),
}


def cloudflare_words(status: int) -> tuple[str, str] | None:
    """Return what a status says of Cloudflare, and what to do; None if it is not one of Cloudflare's own."""
    return _WORDS.get(status)
