"""Others who resolve server names, each driven through the same testbed by a process in its own environment."""
