"""The documentation and the examples: what they show is true."""
