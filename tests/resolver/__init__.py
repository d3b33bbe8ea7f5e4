"""The resolver as a whole, on fake backends."""
