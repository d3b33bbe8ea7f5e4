"""The file of the SQLite cache: what is in it, whether it can be used, and the lock on it."""
