"""The words of a report: the cause and the repair of each finding, and the lines of the evidence."""
