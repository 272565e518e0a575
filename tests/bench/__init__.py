"""Benchmarks: each figure as a ratio against a reference that is measured in the same run."""
