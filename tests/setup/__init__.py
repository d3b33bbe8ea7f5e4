"""The files that set up a proxy and the DNS."""
