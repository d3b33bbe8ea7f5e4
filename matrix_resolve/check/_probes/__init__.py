"""Gather the evidence of a check: everything in it that uses the network."""
