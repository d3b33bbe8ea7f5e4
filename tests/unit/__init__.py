"""The modules without IO, by themselves; the folders are those of the package."""
