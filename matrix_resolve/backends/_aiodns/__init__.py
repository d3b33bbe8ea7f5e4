"""The parts of the aiodns backend: c-ares channels, queries on them, and reading the answers."""
