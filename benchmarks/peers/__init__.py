"""Runs other resolvers of server names on the same testbed, each in a process with its own environment."""
