"""A report in words: lines for people."""
