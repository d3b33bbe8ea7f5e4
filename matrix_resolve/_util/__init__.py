"""Small tools that know nothing of Matrix or of the DNS: tasks, slots, clocks, escaping."""
