"""Observe a server name, its hosts and its targets: everything of a check that uses the network."""
