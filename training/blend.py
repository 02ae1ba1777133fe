"""Owns the mean of several networks' weights as one network (Wortsman et al. 2022, "Model soups"). Never fits.

Networks that were fitted from the same first weights, and differ by their seed alone, lie in one basin: the mean of
their weights says nearly what the mean of their answers says, at the price of one. The result is an ordinary run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import UsageError
from training.checkpoint import replacing
from training.config import System
from training.evaluation.runs import read_json, read_run, weights_hash
from training.fitting.lock import claimed
from training.fitting.loop import LAST, is_complete
from training.fitting.prediction import load_network
from training.fitting.records import read_config, write_json
from training.systems import as_record

BEST = "best.weights.h5"
_KEPT = ("split.json", "start.json", "environment.json", "history.json")
_APART = ("seed", "save_steps", "save_minutes")


def recipe(told: Mapping[str, Any]) -> str:
    """A hash of the settings, as `systems.as_record` tells them, that make a system this recipe: not its name, split,
    first weights, seed, or how often it is saved."""
    kept = {key: value for key, value in told.items() if key not in ("name", "description", "split", "start")}
    kept["run"] = {key: value for key, value in told["run"].items() if key not in _APART}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def blend(runs: Sequence[Path], out: Path) -> Path:
    """Write the run `out` whose weights are the means of those of `runs`, and return its weights' path; a run that is
    there already, of the same weights, is left.

    Moving means and variances of normalisations are averaged with the rest. Raises UsageError where the runs are fewer
    than two, not complete, of other recipes, splits, inputs or first weights, and InputRefusedError.
    """
    if len(set(runs)) < 2:
        raise UsageError("a blend needs two runs or more", "name runs of 'fit' that differ by their seed")
    found = [read_run(folder) for folder in runs]
    first, system = found[0], read_config(runs[0])
    for run in found:
        if not is_complete(run.folder):
            raise UsageError(f"{run.folder}: has not ended", "let 'fit' go on first")
        apart = _difference(run.folder, system, (run.split.hashes(), first.split.hashes()))
        told, own = run.config_record, first.config_record
        apart = apart or ("inputs" if told.get("preprocess") != own.get("preprocess") else "")
        apart = apart or ("first weights" if _start(run.start()) != _start(first.start()) else "")
        if apart:
            raise UsageError(f"{run.folder}: has other {apart} than {first.folder}", "blend runs that differ by seed")
    if not _start(first.start()):
        raise UsageError(
            f"{first.folder}: began with random weights, each seed with its own",
            "start all runs from one --weights file",
        )
    of = [{"sha256": weights_hash(run.folder), "seed": read_config(run.folder).run.seed} for run in found]
    with claimed(out):
        if is_complete(out):
            if read_json(out / "config.json").get("blend") != of:
                raise UsageError(f"{out}: holds another run", "give another --out")
            return out / BEST
        if (out / "config.json").is_file():
            raise UsageError(f"{out}: holds another run", "give another --out")
        _write(found[0].folder, [run.folder for run in found], out)
        write_json(out / "config.json", {**first.config_record, "blend": of})
        shutil.copyfile(out / BEST, out / LAST)
    return out / BEST


def _difference(folder: Path, system: System, hashes: tuple[Any, Any]) -> str:
    if recipe(as_record(read_config(folder))) != recipe(as_record(system)):
        return "settings"
    return "women in its parts" if hashes[0] != hashes[1] else ""


def _start(told: Mapping[str, Any] | None) -> str:
    return str((told or {}).get("sha256", ""))


def _write(first: Path, folders: Sequence[Path], out: Path) -> None:
    rows, columns = (int(read_json(first / "config.json")[key]) for key in ("rows", "columns"))
    network = load_network(first, rows, columns)
    total = [np.asarray(weight, np.float64) for weight in network.get_weights()]
    for folder in folders[1:]:
        weights = load_network(folder, rows, columns).get_weights()
        total = [one + other for one, other in zip(total, weights, strict=True)]
    network.set_weights([(one / len(folders)).astype(np.float32) for one in total])
    out.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        if (first / name).is_file():
            shutil.copyfile(first / name, out / name)
    with replacing(out / BEST, f"part-{BEST}") as part:
        network.save_weights(part)
