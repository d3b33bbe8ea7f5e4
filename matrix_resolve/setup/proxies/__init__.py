"""The configurations of reverse proxies, one module for each program."""
