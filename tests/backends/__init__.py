"""The backends by themselves, and compared with other resolvers and with a bare aiohttp session."""
