"""Configurations of web servers, one module for each server."""
