"""Test suites for the three backend contracts. They run on any backend, and explain what it does wrong."""
