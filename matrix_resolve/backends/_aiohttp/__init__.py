"""A pinned and bounded session for the aiohttp backend, and aiohttp's errors as those of the standard library."""
