"""Small tools that several parts of the package use."""
