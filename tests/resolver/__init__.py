"""The whole resolver, with fake backends."""
