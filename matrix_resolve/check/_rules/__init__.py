"""The rules: pure functions from the evidence to faults. A fault has a code and facts, and no sentence."""
