"""What backends do on a real network, next to what other resolvers do."""
