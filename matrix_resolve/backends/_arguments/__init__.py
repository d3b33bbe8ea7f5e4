"""The arguments of backends, validated before anything is sent: name servers, names in queries, HTTPS requests."""
