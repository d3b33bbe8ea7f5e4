"""What the aiohttp backend needs: its own session, pinned and bounded, and aiohttp's errors in the words of the standard library."""
