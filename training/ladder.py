"""Owns the ladder: systems fitted on one split of one cache, judged beside what can be had without a picture.

Judges validation women, on whom the epochs were chosen; test women only where that is asked for, by `evaluate`, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.core.errors import InputRefusedError, UsageError
from training import weighted
from training.bootstrap import by_woman
from training.cache import InputCache
from training.calibration import Calibration
from training.config import System
from training.evaluation.comparison import Judged, compare
from training.evaluation.levels import levels_of, void_reason
from training.evaluation.runs import counts, evaluate, read_json, read_run
from training.evaluation.saved import load_predictions
from training.evaluation.versions import versions
from training.fit import fit
from training.fitting.prediction import predict_run
from training.leaks import leak_meter
from training.metadata import COUNTED, KNOWN, MetadataModel, majority_accuracy
from training.predictions import UNITS, Example, Predictions, examples_of
from training.scaling import scaled
from training.split import Split, make_split
from training.systems import load_system

REFERENCE = "dense-baseline"
"""The system that each other one must beat."""

LADDER = (
    REFERENCE,
    "cnn-64",
    "small-resnet",
    "efficientnetv2-b0-roi",
    "efficientnetv2-b0",
    "multi-task",
    "patch-to-whole",
    "two-view-small",
    "two-view",
)
"""The rungs, from the bottom up; the last one asks for the most."""

METADATA, METADATA_WITH_COUNTS = "metadata", "metadata with counts"
FEATURES = {METADATA: KNOWN, METADATA_WITH_COUNTS: COUNTED}
"""What the rules without pictures go by."""

SCHEMA = "mammoview.ladder/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSpec:
    """`systems`: which to fit, in their order; `changes`: settings of all of them, as "section.key=value"; `test`:
    judge test women, and not validation women; `samples`: bootstrap draws."""

    systems: tuple[str, ...] = LADDER
    changes: tuple[str, ...] = ()
    test: bool = False
    samples: int = 2000

    def __post_init__(self) -> None:
        if not self.systems or len(set(self.systems)) < len(self.systems):
            raise UsageError("a ladder needs systems, each once", f"choose of {', '.join(LADDER)}")
        if self.samples < 2:
            raise UsageError("an interval needs bootstrap draws", "give --samples 2000")


def climb(
    cache: InputCache, spec: LadderSpec, out: Path, *, tell: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Fit the systems into `out`/NAME, each as `fit` does (what is complete is left, what was ended goes on), judge
    them, and return the record of the ladder. `tell` gets a line before each.

    All take the split of the reference system. One that needs larger inputs than the cache holds, or other ones, is not
    run and the record says why; smaller ones are made by `scaling.scaled`. Raises LeakError, and UsageError where a
    system is not known.
    """
    wanted = [load_system(name, spec.changes) for name in spec.systems]
    split_spec = load_system(REFERENCE, spec.changes).split
    split = make_split(cache.rows, split_spec)
    part = "test" if spec.test else "validation"
    indices = split.indices(cache.rows, part)
    meter = _meter(cache, split, part)
    judged: dict[str, Judged] = {}
    facts: dict[str, dict[str, Any]] = {}
    missing: dict[str, str] = {}
    for number, system in enumerate(wanted, start=1):
        tell(f"{system.name} ({number} of {len(wanted)})")
        try:
            own = _fitting(cache, system)
            fit(own, replace(system, split=split_spec), out / system.name)
            judged[system.name] = _judged(own, out / system.name, indices, spec)
            facts[system.name] = _facts(system, own, out / system.name)
        except (UsageError, InputRefusedError) as error:
            missing[system.name] = str(error)
    if not judged:
        raise UsageError(f"none of the systems could be run: {next(iter(missing.values()))}")
    missing |= {name: "not asked for" for name in LADDER if name not in spec.systems}
    tell("figures")
    return {
        "schema": SCHEMA,
        "part": part,
        "reference": REFERENCE,
        "features": FEATURES,
        "changes": list(spec.changes),
        "split": {"seed": split.seed, "hashes": split.hashes(), "notes": list(split.notes)},
        "counts": {name: counts([cache.rows[i] for i in split.indices(cache.rows, name)]) for name in ("train", part)},
        "preprocess": cache.preprocess,
        "bootstrap_samples": spec.samples,
        "units": _units(cache, split, judged, indices, meter, spec),
        "systems": facts,
        "not_run": missing,
        "test_reads": {name: told["test_reads"] for name, told in facts.items() if told["test_reads"]},
        "versions": versions(),
    }


def _fitting(cache: InputCache, system: System) -> InputCache:
    """The cache at the size that the system takes. Raises UsageError where it holds other inputs or smaller ones."""
    crops = any(row.crop_px is not None for row in cache.rows)
    if crops != (system.input.crops == "roi"):
        raise UsageError(f"takes {system.input.crops} inputs", f"prepare a cache with --crops {system.input.crops}")
    size = cache.inputs.shape[1:]
    wanted = (system.input.rows or size[0], system.input.columns or size[1])
    return cache if wanted == size else scaled(cache, *wanted)


def _meter(cache: InputCache, split: Split, part: str) -> float:
    """AUROC per image of remembering women and pictures of the parts that were seen before `part`, the worse one."""
    names = ("train", "validation") if part == "test" else ("train",)
    seen = {name: split.indices(cache.rows, name) for name in names}
    found = leak_meter(cache.rows, {**seen, "test": split.indices(cache.rows, part)}, cache.inputs)
    return max(found.values(), key=lambda value: abs(value - 0.5))


def _judged(cache: InputCache, run: Path, indices: Sequence[int], spec: LadderSpec) -> Judged:
    """What the run says of the judged women. Test women are read by `evaluate`, once: later calls take what it kept."""
    if not spec.test:
        return predict_run(run, cache, indices), Calibration()
    if not (run / "evaluation.json").is_file():
        evaluate(read_run(run), cache, samples=spec.samples)
    told = read_json(run / "evaluation.json")["calibration"]
    return load_predictions(run), Calibration(told["method"], told["slope"], told["intercept"])


def _facts(system: System, cache: InputCache, run: Path) -> dict[str, Any]:
    """What a run was, but for its figures."""
    from training.models.network import build_network

    history = read_json(run / "history.json")
    best = [record["epoch"] for record in history if record["best"]]
    rows, columns = int(cache.inputs.shape[1]), int(cache.inputs.shape[2])
    judgement = run / "evaluation.json"
    return {
        "description": system.description,
        "unit": system.model.unit,
        "rows": rows,
        "columns": columns,
        "parameters": int(build_network(system, rows, columns).count_params()),
        "epochs": len(history),
        "epoch_chosen": best[-1] if best else None,
        "seconds": sum(float(record["seconds"]) for record in history),
        "test_reads": int(read_json(judgement)["test_reads_with_neighbours"]) if judgement.is_file() else 0,
    }


def _units(
    cache: InputCache,
    split: Split,
    judged: Mapping[str, Judged],
    indices: Sequence[int],
    meter: float,
    spec: LadderSpec,
) -> dict[str, Any]:
    """The rungs at each unit, or why the unit is void."""
    rows = [cache.rows[index] for index in indices]
    train = [cache.rows[index] for index in split.indices(cache.rows, "train")]
    found: dict[str, Any] = {}
    for unit in UNITS:
        reason = void_reason(unit, rows)
        if reason:
            found[unit] = {"void": reason}
            continue
        rungs = [_majority(train, rows, unit)]
        if unit == "image":
            rungs.append(_rung("leak meter", {"value": meter}, None, None))
        rules = {
            name: (_metadata(cache.rows, train, rows, unit, counts=counted), Calibration())
            for name, counted in ((METADATA, False), (METADATA_WITH_COUNTS, True))
        }
        here = {name: one for name, one in judged.items() if UNITS.index(one[0].unit) <= UNITS.index(unit)}
        dense = _auroc(here[REFERENCE], unit, spec.samples) if REFERENCE in here else None
        for name, one in {**rules, **here}.items():
            own = _auroc(one, unit, spec.samples)
            less = None
            if REFERENCE in here and name != REFERENCE:
                less = _difference(one, here[REFERENCE], unit, spec.samples)
            rungs.append({**_rung(name, own, less, dense), "system": name in here})
        positives = [max(row.label for row in rows_) for rows_ in _examples(rows, unit)]
        found[unit] = {"examples": len(positives), "positives": sum(positives), "rungs": rungs}
    return found


def _rung(name: str, auroc: Any, less: Any, dense: Any) -> dict[str, Any]:
    above = auroc["value"] > dense["high"] if auroc and dense and less is not None else None
    return {"name": name, "auroc": auroc, "less_reference": less, "above_reference": above, "system": False}


def _examples(rows: Sequence[Any], unit: str) -> list[list[Any]]:
    return [[rows[index] for index in group] for group in examples_of(rows, unit)]


def _majority(train: Sequence[Any], rows: Sequence[Any], unit: str) -> dict[str, Any]:
    fitted, here = (
        np.array([max(row.label for row in group) for group in _examples(part, unit)]) for part in (train, rows)
    )
    share = majority_accuracy(fitted, here)
    return {**_rung(f"majority (accuracy {share:.3f})", {"value": 0.5}, None, None), "accuracy": share}


def _metadata(everything: Sequence[Any], train: Sequence[Any], rows: Sequence[Any], unit: str, *, counts: bool) -> Any:
    """What the model without pictures says, fitted on training women, as predictions of `unit`."""
    fitted, examples = ([Example(tuple(group)) for group in _examples(part, unit)] for part in (train, rows))
    logits = MetadataModel(everything, counts=counts).fit(fitted).logits(examples)
    both = np.stack([np.zeros_like(logits), logits], axis=1)
    return Predictions(unit, tuple(examples), both, ("non-cancer", "cancer"), 1)


def _auroc(judged: Judged, unit: str, samples: int) -> dict[str, float] | None:
    level = next(level for level in levels_of(*judged) if level.unit == unit)
    return by_woman(weighted.auroc, level.labels(), level.ranks, level.women(), samples=samples).record()


def _difference(judged: Judged, reference: Judged, unit: str, samples: int) -> dict[str, float] | None:
    """The AUROC less the reference's on the same examples, by paired bootstrap over women."""
    found = compare({"this": judged, REFERENCE: reference}, samples=samples)["units"][unit]
    difference: dict[str, float] | None = found["pairs"][0]["auroc_difference"]
    return difference
