"""What the aiodns backend needs: channels of c-ares, queries on them, and the reading of answers."""
