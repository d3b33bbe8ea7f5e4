"""The numbered cases of the specification."""
