"""Gather the evidence of a check. Everything in a check that uses the network is here."""
