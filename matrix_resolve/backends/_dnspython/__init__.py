"""What the dnspython backend needs: name servers, transports, and reading the replies."""
