"""Well-known documents: reading, lifetimes, and what is stored."""
