"""A Matrix federation on loopback: real DNS, real TLS, real HTTP, and nothing leaves the machine."""
