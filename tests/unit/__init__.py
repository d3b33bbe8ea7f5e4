"""Tests of single modules without IO; the folders have the names of the package's folders."""
