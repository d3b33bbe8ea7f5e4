"""The three backend contracts as suites: they run on anybody's backend and say in words what it does wrong."""
