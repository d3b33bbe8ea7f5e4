"""What one resolver does on one event loop: one resolution per name at a time, within a deadline, and what is kept of the results."""
