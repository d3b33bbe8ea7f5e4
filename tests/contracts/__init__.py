"""The contract suites: run on the backends and fakes of this package, and on broken backends."""
