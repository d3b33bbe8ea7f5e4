"""Others who resolve server names, each driven through the same world by a process in its own environment."""
