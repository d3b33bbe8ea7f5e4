"""The parts of the aiohttp backend: its own session, which limits addresses and bytes, and the conversion of aiohttp's errors."""
