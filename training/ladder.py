"""Owns the ladder: systems fitted on one split of one set of women, judged beside what can be had without a picture.

Judges validation women, on whom the epochs were chosen; test women only where that is asked for, by `evaluate`, once.
Systems of whole images and of crops around lesions are never judged in one table.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mammoview.core.errors import InputRefusedError, UsageError
from training.calibration import Calibration
from training.checkpoint import replacing_text
from training.config import System
from training.evaluation.comparison import Judged
from training.evaluation.runs import counts, evaluate, read_json, read_run
from training.evaluation.saved import load_predictions
from training.evaluation.versions import versions
from training.fitting.prediction import predict_run
from training.ladder_child import ChildLostError
from training.ladder_figures import FEATURES, meter_of, unit_figures
from training.ladder_rung import Source, at_size, costs_of, fit_rung, step_costs
from training.ladder_spec import CROPS, LADDER, REFERENCE, LadderSpec, NotRun, Rung
from training.machine import machine
from training.split import PARTS, Split, SplitSpec, make_split
from training.systems import load_system

SCHEMA = "mammoview.ladder/2"


@dataclass(frozen=True, slots=True, eq=False)
class _Floor:
    """What the rungs of one kind of input stand on."""

    source: Source
    spec: SplitSpec
    split: Split
    meter: float


def climb(
    sources: Sequence[Source], spec: LadderSpec, out: Path, *, tell: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Fit the systems into `out`/NAME, each as `fit` does (what is complete is left, what was ended goes on), judge
    them, and return the record of the ladder. `tell` gets a line before each.

    `sources`: a cache of whole images, one of crops, or both. All systems take the split of the reference system on the
    whole images (else on the crops); women of crops are in the parts that they have there. A system that needs larger
    inputs than its cache holds, or other ones, or whose process dies, is not run and the record says why; smaller
    inputs are made by `scaling.scaled`. Raises LeakError, and UsageError where a system is not known or nothing can be
    run.
    """
    part = "test" if spec.test else "validation"
    wanted = {rung.name: rung.load(spec.changes) for rung in spec.rungs}
    listed = [(one, one.rung.load(spec.changes)) for one in spec.not_run]
    floors = _floors(sources, spec, part, out)
    judged: dict[str, dict[str, Judged]] = {crops: {} for crops in floors}
    facts: dict[str, dict[str, Any]] = {}
    missing: dict[str, dict[str, Any]] = {}
    for number, rung in enumerate(spec.rungs, start=1):
        system = wanted[rung.name]
        tell(f"{rung.name} ({number} of {len(wanted)})")
        try:
            if system.auxiliary.sources:
                raise UsageError("it learns from auxiliary sets, which a ladder does not give", "give it to 'ablate'")
            floor = _floor_of(system, floors)
            fit_rung(floor.source, replace(system, split=floor.spec), out / rung.name)
            judged[system.input.crops][rung.name] = _judged(floor, system, out / rung.name, part, spec)
            facts[rung.name] = _facts(rung, system, floor, out / rung.name)
        except (UsageError, InputRefusedError, ChildLostError) as error:
            tell(f"{rung.name}: not run: {error}")
            missing[rung.name] = {"why": str(error), "step": None}
    if not facts:
        raise UsageError(f"none of the systems could be run: {next(iter(missing.values()))['why']}")
    here = all(source.path is None for source in sources)
    missing |= {one.rung.name: _listed(one, system, out, here=here, tell=tell) for one, system in listed}
    if not spec.name:
        missing |= {name: {"why": "not asked for", "step": None} for name in LADDER if name not in wanted}
    tell("figures")
    return {
        "schema": SCHEMA,
        "name": spec.name,
        "remark": spec.remark,
        "before": list(spec.before),
        "part": part,
        "reference": REFERENCE,
        "features": FEATURES,
        "given": list(spec.given),
        "bootstrap_samples": spec.samples,
        "sections": [
            _section(crops, floor, judged[crops], spec, part) for crops, floor in floors.items() if judged[crops]
        ],
        "systems": facts,
        "not_run": missing,
        "test_reads": {name: told["test_reads"] for name, told in facts.items() if told["test_reads"]},
        "machine": machine(),
        "versions": versions(),
    }


def _floors(sources: Sequence[Source], spec: LadderSpec, part: str, out: Path) -> dict[str, _Floor]:
    """The caches by what their inputs are, whole images first, on one split. Raises UsageError, LeakError."""
    by_crops = {crops: [source for source in sources if source.crops == crops] for crops in CROPS}
    for crops, found in by_crops.items():
        if len(found) > 1:
            raise UsageError(f"{len(found)} caches of {crops} inputs", "give one of whole images and one of crops")
    chosen = [found[0] for found in by_crops.values() if found]
    own = next((rung for rung in spec.rungs if rung.system == REFERENCE), Rung(system=REFERENCE))
    split_spec = own.load(spec.changes).split
    floors: dict[str, _Floor] = {}
    first: Split | None = None
    for source in chosen:
        if first is not None:
            split_spec = SplitSpec(kind="file", file=str(_split_file(first, out)), seed=first.seed)
        split = make_split(source.cache.rows, split_spec)
        first = split if first is None else first
        floors[source.crops] = _Floor(source, split_spec, split, meter_of(source.cache, split, part))
    return floors


def _split_file(split: Split, out: Path) -> Path:
    """The parts of all women as a file that `make_split` reads."""
    out.mkdir(parents=True, exist_ok=True)
    with replacing_text(out / "split.csv") as stream:
        writer = csv.writer(stream)
        writer.writerow(("patient_id", "part"))
        writer.writerows(sorted(split.part_of.items()))
    return out / "split.csv"


def _floor_of(system: System, floors: Mapping[str, _Floor]) -> _Floor:
    """Raises UsageError where there are no inputs of the system's kind."""
    crops = system.input.crops
    if crops not in floors:
        raise UsageError(
            f"takes {crops} inputs",
            "prepare a cache with --crops roi, and give it as --roi" if crops == "roi" else "give a cache of them",
        )
    return floors[crops]


def _judged(floor: _Floor, system: System, run: Path, part: str, spec: LadderSpec) -> Judged:
    """What the run says of the judged women. Test women are read by `evaluate`, once: later calls take what it kept."""
    if not spec.test:
        own = at_size(floor.source.cache, system)
        return predict_run(run, own, floor.split.indices(own.rows, part)), Calibration()
    if not (run / "evaluation.json").is_file():
        evaluate(read_run(run), at_size(floor.source.cache, system), samples=spec.samples)
    told = read_json(run / "evaluation.json")["calibration"]
    return load_predictions(run), Calibration(told["method"], told["slope"], told["intercept"])


def _facts(rung: Rung, system: System, floor: _Floor, run: Path) -> dict[str, Any]:
    """What a run was and cost, but for its figures."""
    from training.models.network import build_network

    history = read_json(run / "history.json")
    best = [record["epoch"] for record in history if record["best"]]
    size = floor.source.cache.inputs.shape[1:]
    rows, columns = system.input.rows or int(size[0]), system.input.columns or int(size[1])
    judgement = run / "evaluation.json"
    return {
        "system": load_system(rung.system).name,
        "description": system.description,
        "settings": list(rung.changes),
        "unit": system.model.unit,
        "crops": system.input.crops,
        "rows": rows,
        "columns": columns,
        "parameters": int(build_network(system, rows, columns).count_params()),
        "epochs_given": system.stopping.epochs,
        "epochs": len(history),
        "epoch_chosen": best[-1] if best else None,
        "patch_epochs": system.patches.epochs,
        "seconds": sum(float(record["seconds"]) for record in [*history, *_patch_history(run)]),
        "costs": costs_of(run),
        "test_reads": int(read_json(judgement)["test_reads_with_neighbours"]) if judgement.is_file() else 0,
    }


def _patch_history(run: Path) -> list[dict[str, Any]]:
    path = run / "patches" / "history.json"
    return list(read_json(path)) if path.is_file() else []


def _listed(one: NotRun, system: System, out: Path, *, here: bool, tell: Callable[[str], None]) -> dict[str, Any]:
    """What a rung is that is not to be run, with the cost of one step of it."""
    told: dict[str, Any] = {"why": one.why, "step": None}
    if one.measured:
        tell(f"{one.rung.name}: one step")
        try:
            told["step"] = step_costs(system, out / one.rung.name, here=here)
        except (UsageError, ChildLostError) as error:
            told["why"] += f"; a step of it could not be measured: {error}"
    return told


def _section(crops: str, floor: _Floor, judged: Mapping[str, Judged], spec: LadderSpec, part: str) -> dict[str, Any]:
    cache, split = floor.source.cache, floor.split
    reference = next((rung.name for rung in spec.rungs if rung.system == REFERENCE and rung.name in judged), None)
    return {
        "crops": crops,
        "reference": reference,
        "counts": {name: counts([cache.rows[i] for i in split.indices(cache.rows, name)]) for name in PARTS},
        "split": {"seed": split.seed, "hashes": split.hashes(), "notes": list(split.notes)},
        "preprocess": cache.preprocess,
        "units": unit_figures(cache, split, part, judged, reference=reference, meter=floor.meter, samples=spec.samples),
    }
