"""Validation of the arguments of backends, before anything is sent: name servers, names in queries, HTTPS requests."""
