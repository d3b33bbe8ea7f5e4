"""One resolver on one event loop: each name is resolved by one task at a time, within a deadline, and the results are cached."""
