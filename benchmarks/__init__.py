"""What the library costs, as ratios in one table: ``python -m benchmarks``; docs/explanation/speed.md says what they mean."""
