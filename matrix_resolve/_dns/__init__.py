"""DNS queries: cached, shared and limited; and the addresses of a host."""
