"""Put into words what the rules find and what was seen: cause and repair of each finding, and the lines of a report."""
