"""The loopback federation of `matrix_resolve.testing`."""
