"""DNS queries, which are cached, shared and limited, and the addresses of hosts."""
