"""Hostile input, cancellation, load and long runs."""
