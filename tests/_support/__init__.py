"""Servers, files and helpers for several folders of tests."""
