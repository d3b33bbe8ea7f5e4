"""Tests of `matrix_resolve.check`: evidence, rules and texts."""
