"""The record of speed and robustness: `python -m tests.benchmarks`. Measures and reports; asserts nothing."""
