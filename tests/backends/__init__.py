"""Backends on real sockets, compared with other resolvers and with a bare aiohttp session."""
