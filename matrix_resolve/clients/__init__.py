"""Clients that use resolutions: TLS connections and HTTP clients. Import the module of the client that you need."""
