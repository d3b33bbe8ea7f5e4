"""Honest names that are resolved next to hostile ones on a real network, and what that costs: ``python -m tests.robustness``."""
