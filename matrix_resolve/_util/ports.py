"""Port numbers."""

HTTPS_PORT = 443
