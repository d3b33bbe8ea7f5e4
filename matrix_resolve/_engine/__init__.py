"""One resolver on one event loop: it resolves each name once at a time, within a deadline, and keeps results."""
