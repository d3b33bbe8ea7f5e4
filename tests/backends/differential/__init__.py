"""The aiohttp backend compared with a bare aiohttp session, on raw responses."""
