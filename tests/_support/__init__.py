"""Servers, files and helpers that several folders of tests use."""
