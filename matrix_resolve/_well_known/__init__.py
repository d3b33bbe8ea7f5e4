"""``/.well-known/matrix/server``: fetched, classified and remembered."""
