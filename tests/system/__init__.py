"""Real name servers, web servers and homeservers in a network namespace."""
