"""Tests of `matrix_resolve.publish` and of ``matrix-resolve serve``."""
