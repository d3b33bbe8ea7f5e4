"""Publishing a delegation."""
