"""TCP ports with a meaning of their own."""

HTTPS_PORT = 443
"""The port of an https URL without a port."""
