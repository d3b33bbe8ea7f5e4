"""c-ares channels for the aiodns backend, queries on them, and reading the answers."""
