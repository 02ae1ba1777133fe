"""Owns `python -m training evaluate`: its options and what they mean. Never measures itself."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mammoview.core.errors import UsageError
from training.commands.console import application_backend, quiet_backend
from training.commands.opening import add_carried, open_cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.description = (
        "Calibrates a run and chooses its thresholds on the validation women, then judges it on the test women, each "
        "figure with its 95 % interval; each look at them is counted. A run that was fitted on everyone is judged by "
        "the folds of an ablation table. Or judges a bundle on any data."
    )
    parser.add_argument("model", type=Path, metavar="RUN|BUNDLE", help="the folder that 'fit' wrote, or a bundle")
    parser.add_argument("--cache", type=Path, metavar="CACHE", help="of a run: the cache that it was fitted on")
    parser.add_argument(
        "--data",
        type=Path,
        action="append",
        metavar="DATA",
        help="of a bundle: the folder of a data set, its table, or a cache; folders and tables may be several: give it "
        "again for each",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="of a bundle: where the figures go")
    parser.add_argument(
        "--out-of-folds",
        nargs=2,
        metavar=("TABLE", "ROW"),
        help="of a run without validation and test women: the folder that 'ablate' wrote, and the row of its recipe",
    )
    parser.add_argument("--samples", type=int, default=2000, help="bootstrap draws for an interval (default 2000)")
    parser.add_argument(
        "--prevalence", type=float, metavar="P", help="of cancer where the model would be used, as 0.005: adds figures"
    )
    parser.add_argument(
        "--unseen", action="store_true", help="of a bundle: leave out the women that its model was fitted on"
    )
    parser.add_argument(
        "--allow-leak", action="store_true", help="judge women that the model has seen; the report says so"
    )
    add_carried(parser)


def run(parsed: argparse.Namespace) -> None:
    """Carry it out. Raises MammoviewError."""
    if parsed.samples < 2:
        raise UsageError("an interval needs bootstrap draws", "give --samples 2000")
    record, place = _bundle(parsed) if (parsed.model / "bundle.json").is_file() or parsed.data else _run(parsed)
    for line in summary(record):
        print(line)
    print(place / "evaluation.json")


def _run(parsed: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    from training.evaluate import evaluate, read_run

    if parsed.cache is None:
        raise UsageError("a run is judged on the cache that it was fitted on", "give --cache CACHE")
    found = read_run(parsed.model)
    inputs = open_cache(parsed.cache, parsed)
    if parsed.out_of_folds:
        from training.evaluation.out_of_folds import judge_out_of_folds

        if parsed.prevalence is not None or parsed.allow_leak:
            raise UsageError("--prevalence and --allow-leak are not for --out-of-folds", "leave them out")
        table, row = parsed.out_of_folds
        return judge_out_of_folds(found, inputs, Path(table), row, samples=parsed.samples), parsed.model
    quiet_backend()
    record = evaluate(found, inputs, samples=parsed.samples, prevalence=parsed.prevalence, allow_leak=parsed.allow_leak)
    return record, parsed.model


def _bundle(parsed: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    application_backend()
    from mammoview.inference.bundle import load_bundle
    from training.evaluation.bundles import judge_bundle
    from training.evaluation.sources import open_data

    if parsed.data is None or parsed.out is None:
        raise UsageError("a bundle is judged on data, and its figures need a place", "give --data DATA --out FOLDER")
    bundle = load_bundle(parsed.model)
    data = open_data(parsed.data)
    quiet_backend()
    record = judge_bundle(
        bundle,
        data,
        parsed.out,
        samples=parsed.samples,
        prevalence=parsed.prevalence,
        allow_leak=parsed.allow_leak,
        unseen=parsed.unseen,
    )
    return record, parsed.out


def summary(record: Mapping[str, Any]) -> list[str]:
    """The headline, one line each."""
    from training.across import across_line
    from training.evaluation.views import view_lines

    lines = []
    for unit in ("image", "breast", "woman"):
        found = record["test"].get(unit, {})
        if "void" in found:
            lines.append(f"per {unit}: {found['void']}")
        elif found:
            auroc = found["auroc"]
            text = f"{auroc['value']:.3f} ({auroc['low']:.3f} to {auroc['high']:.3f})" if auroc else "not to be had"
            lines.append(f"AUROC per {unit}: {text}")
            if auroc and auroc["value"] == auroc["low"] == auroc["high"] == 0.5:
                lines.append(
                    "  it says the same of all: this model has learnt nothing; fit it with another seed or rate"
                )
    lines += _without_pictures(record["test"].get("baselines", {}))
    if record.get("kind") != "run":  # a run's few test women seldom part the views; its page shows them
        lines += view_lines(record.get("views"))
    if across := across_line(record):
        lines.append(across)
    refused = record.get("refused", {})
    if refused.get("images"):
        lines.append(f"not scored: {refused['images']} images, {refused['positives']} of them positive")
        lines += [f"  {count} x {reason}" for reason, count in refused["reasons"].items()]
    if record["leak"]["state"] != "none":
        lines.append(f"leak: {record['leak']['text']}")
    return lines


def _without_pictures(baselines: Mapping[str, Any]) -> list[str]:
    """What the model must beat, at the finest unit that has it."""
    for unit in ("image", "breast", "woman"):
        found = baselines.get(unit, {}).get("metadata")
        if found and found["auroc"]:
            auroc, words = found["auroc"], found["features"]
            text = f"{auroc['value']:.3f} ({auroc['low']:.3f} to {auroc['high']:.3f})"
            return [f"without a picture, from {words}, per {unit}: {text}"]
    return []
