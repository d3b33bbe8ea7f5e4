"""Connecting to targets."""
