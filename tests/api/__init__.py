"""The public API, compared with a snapshot, and the layout of the package."""
