"""What the backends have in common."""
