"""Ways to use a resolution: connections and HTTP clients. Each is a module of its own, imported where it is wanted."""
