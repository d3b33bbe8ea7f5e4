"""A Matrix federation on loopback: real DNS, real TLS, real HTTP. Nothing leaves the machine."""
