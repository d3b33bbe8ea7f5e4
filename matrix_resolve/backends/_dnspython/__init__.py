"""The parts of the dnspython backend: name servers, transports, and reading the replies."""
