"""The file of the SQLite cache: its tables, the check whether it can be used, and a lock between processes."""
