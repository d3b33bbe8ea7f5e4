"""The public addresses that replace the documentation addresses of the cases inside the network namespace."""

_PUBLIC = {
    "192.0.2.": "45.76.2.",
    "198.51.100.": "45.77.100.",
    "203.0.113.": "45.78.113.",
    "2001:db8:": "2a01:4f8:",
    "2001:DB8:": "2A01:4F8:",
}

ALL = (
    "45.76.2.10",
    "2a01:4f8::10",
    "45.77.100.20",
    "2a01:4f8::20",
    "45.78.113.1",
    "45.78.113.2",
    "45.78.113.3",
    "45.78.113.60",
    "45.78.113.80",
)


def public(text: str) -> str:
    """Return *text* with public addresses instead of the documentation addresses."""
    for documentation, replacement in _PUBLIC.items():
        text = text.replace(documentation, replacement)
    return text


NGINX_ADDRESSES = (ALL[0], ALL[1])
"""The IPv4 and IPv6 address of the web server in the end-to-end run."""
