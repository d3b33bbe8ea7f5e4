"""From connection targets to one open TLS connection."""
