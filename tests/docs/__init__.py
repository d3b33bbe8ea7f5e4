"""The documentation and the examples show what really happens."""
