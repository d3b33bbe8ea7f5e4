"""The algorithm of the specification and its rules."""
