"""Owns the names by which the rest of the training module judges a run; `training.evaluation` does it."""

from __future__ import annotations

from training.evaluation.runs import Run, evaluate, read_json, read_run

__all__ = ["Run", "evaluate", "read_json", "read_run"]
