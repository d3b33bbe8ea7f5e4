"""The checker: its evidence, rules and text."""
