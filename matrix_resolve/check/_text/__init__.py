"""Put a report into words, as lines for people."""
