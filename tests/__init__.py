"""Tests; `tests.factories` makes the synthetic studies that they share."""
