"""Judge what was observed: pure functions from the evidence to findings."""
