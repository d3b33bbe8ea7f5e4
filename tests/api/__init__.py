"""The public API, compared with a snapshot."""
