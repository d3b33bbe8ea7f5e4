"""Well-known TCP ports."""

HTTPS_PORT = 443
"""The default port of an https URL."""
