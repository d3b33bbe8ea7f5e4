"""Honest names that are resolved at the same time as hostile ones on a real network, and the costs."""
