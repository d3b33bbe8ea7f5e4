"""Small general-purpose tools, such as tasks, slots, clocks and escaping. They are independent of Matrix and of the DNS."""
