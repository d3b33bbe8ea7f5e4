"""The meaning of Cloudflare's own status codes. All are about the connection from Cloudflare to the server behind it.

Source: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
"""

from collections.abc import Mapping

_TLS = "install a certificate that is valid for this name on the server behind Cloudflare"
_OPEN = "start the server behind Cloudflare, and allow connections from Cloudflare's addresses"
_WORDS: Mapping[int, tuple[str, str]] = {
    520: ("gets no usable response from the server behind it", "read the log of the server behind Cloudflare"),
    521: ("cannot connect to the server behind it, which refuses connections", _OPEN),
    522: ("cannot connect to the server behind it in time", _OPEN),
    523: ("has no route to the server behind it", "correct the address of the server in Cloudflare's DNS"),
    524: ("gets no response in time from the server behind it", "find out why the server behind Cloudflare is slow"),
    525: ("cannot set up TLS with the server behind it", _TLS),
    526: ("does not trust the certificate of the server behind it", _TLS),
    527: ("cannot reach the server behind it (Railgun)", _OPEN),
}


def cloudflare_words(status: int) -> tuple[str, str] | None:
    """Return what one of Cloudflare's own statuses means, and what to do; None for any other status."""
    return _WORDS.get(status)
