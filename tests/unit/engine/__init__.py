"""What one resolver keeps in memory."""
