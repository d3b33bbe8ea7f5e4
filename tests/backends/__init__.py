"""The backends, on their own and compared with other resolvers and with a bare aiohttp session."""
