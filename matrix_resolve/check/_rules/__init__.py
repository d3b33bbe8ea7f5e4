"""Pure functions from the evidence of a check to its findings, and the sentences of those."""
