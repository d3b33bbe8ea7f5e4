"""What the library costs, as a table of ratios.

Run ``python -m benchmarks``; docs/explanation/speed.md explains the rows.
"""
