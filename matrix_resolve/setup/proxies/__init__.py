"""The configuration of each web server, one module each."""
