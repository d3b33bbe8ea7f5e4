"""What the aiohttp backend needs: a session that is pinned and bounded, and aiohttp's errors as the standard library has them."""
