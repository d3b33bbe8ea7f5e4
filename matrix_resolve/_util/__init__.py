"""Small tools that know nothing of Matrix or of the DNS, such as tasks, slots, clocks and escaping."""
