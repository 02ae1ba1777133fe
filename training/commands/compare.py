"""Owns `python -m training compare`: its options and what they mean. Never compares itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from mammoview.core.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Says whether models differ on the women that all of them judged: the difference of their AUROC with its "
        "interval, and its p."
    )
    parser.add_argument(
        "folders", type=Path, nargs="+", metavar="FOLDER", help="evaluated runs, or what 'evaluate BUNDLE --out' wrote"
    )
    parser.add_argument("--samples", type=int, default=2000, help="bootstrap draws (default 2000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    from training.calibration import Calibration
    from training.evaluation.comparison import compare, table
    from training.evaluation.runs import read_evaluation
    from training.evaluation.saved import load_predictions
    from training.fitting.records import write_json

    if parsed.samples < 2:
        raise UsageError("an interval needs bootstrap draws", "give --samples 2000")
    models = {}
    for folder in parsed.folders:
        record = read_evaluation(folder)
        told = record["calibration"]
        name = folder.resolve().name
        if name in models:
            raise UsageError(f"two of the folders are called {name}", "give each a name of its own")
        models[name] = (load_predictions(folder), Calibration(told["method"], told["slope"], told["intercept"]))
        if record["leak"]["state"] != "none":
            print(f"{name}: {record['leak']['text']}")
    record = compare(models, samples=parsed.samples)
    for line in table(record):
        print(line)
    print(record["note"])
    if parsed.json:
        write_json(parsed.json, record)
