"""Well-known documents: reading them, their lifetimes, and what is stored."""
