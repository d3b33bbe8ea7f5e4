"""The contract suites, run on this package's backends and fakes, and on broken backends."""
