"""Connections and requests to targets, with each client."""
