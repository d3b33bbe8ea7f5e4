"""Find what is wrong: pure functions from the evidence to faults, which have a code and facts, and no sentence."""
