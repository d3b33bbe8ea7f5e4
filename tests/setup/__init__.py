"""Tests of `matrix_resolve.setup`: plans, files and DNS records."""
