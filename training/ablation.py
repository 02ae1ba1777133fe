"""Owns the ablation table: levers, each fitted on the same folds by woman and judged on the women of the held-out fold,
once. Never judges the women whom the standard split keeps for the test, unless that is asked for.

What is fitted and judged stays in a folder of its own, so that a table that was ended goes on at its fold, rows are
added without touching others, and folds that another machine has fitted are copied in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mammoview.core.errors import InputRefusedError, UsageError
from training.ablation_figures import AGE, METADATA, Said, Table, averaged, calibration_of, pooled
from training.ablation_spec import AblationSpec, Lever
from training.auxiliary import own_rows
from training.cache import InputCache, load
from training.evaluation.runs import counts, read_json
from training.evaluation.versions import versions
from training.fitting.records import cache_hash
from training.folds import FoldRun, Folds, hashes, inputs_of, make_folds, on_disk
from training.ladder_child import ChildLostError
from training.ladder_rung import Source, costs_of
from training.leaks import overlap_with_run
from training.machine import machine
from training.metadata import KNOWN
from training.origin import origin

SCHEMA = "mammoview.ablation/1"
FEATURES = {AGE: "the older, the more suspicious", METADATA: KNOWN}
_NOT_HAD = (UsageError, InputRefusedError, ChildLostError)


def ablate(
    cache: InputCache,
    spec: AblationSpec,
    out: Path,
    *,
    only: Sequence[str] = (),
    fold: int | None = None,
    carried: bool = False,
    here: bool = False,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Fit and judge the rows into `out`/ROW/fold-I, and return the record of the table: of the rows that have all their
    folds, whoever fitted them. What is complete is left, what was ended goes on.

    `only`: fit these rows and what they are made of, and no others; `fold`: this fold alone; `carried`: as `cache.load`
    takes it, for caches that rows name; `here`: all in this process, so that memory is not measured. `tell` gets a line
    before each fit. A row that cannot be had is not run, and the record says why. Raises LeakError where the data leak,
    UsageError where a row or fold that is asked for is not there.
    """
    if fold is not None and not 0 <= fold < spec.folds:
        raise UsageError(f"fold {fold} of {spec.folds} is not there", "folds count from 0")
    wanted = {lever.name for lever in spec.wanted(only)}
    standard = spec.base.system(spec.changes, 0).split
    beside = sorted({name for lever in spec.levers if lever.rung for name in _auxiliary(lever, spec)})
    own = own_rows(cache.rows, beside)
    folds = make_folds(own, standard, out, folds=spec.folds, without_test=spec.without_test)
    work = _Work(spec, folds, out, cache, inputs_of(cache, folds), carried=carried, here=here)
    said: dict[str, list[Said]] = {}
    facts: dict[str, dict[str, Any]] = {}
    missing: dict[str, str] = {}
    for lever in spec.levers:
        try:
            if lever.average:
                said[lever.name] = _averaged(lever, said)
            else:
                runs = work.runs(lever)
                if lever.name in wanted:
                    _carry_out(lever, runs if fold is None else [runs[fold]], tell)
                said[lever.name] = _said(runs)
            facts[lever.name] = _facts(lever, work, facts, said[lever.name])
        except _NOT_HAD as error:
            missing[lever.name] = str(error)
            tell(f"{lever.name}: not in the table: {error}")
    tell("figures")
    rows = {name: pooled(one) for name, one in said.items()}
    units = Table(cache=work.inputs, folds=folds, rows=rows, samples=spec.samples).units() if rows else {}
    return {
        "schema": SCHEMA,
        "name": spec.name,
        "remark": spec.remark,
        "given": list(spec.given),
        "base": spec.base.name,
        "folds": spec.folds,
        "without_test": spec.without_test,
        "bootstrap_samples": spec.samples,
        "features": FEATURES,
        "counts": counts(work.inputs.rows),
        "kept_for_the_test": len(folds.kept_out),
        "split": {"seed": folds.spec.seed, "hashes": hashes(folds)},
        "preprocess": cache.preprocess,
        "units": units,
        "systems": facts,
        "not_run": missing,
        "machine": machine(),
        "versions": versions(),
    }


def _auxiliary(lever: Lever, spec: AblationSpec) -> tuple[str, ...]:
    """The sets that a fitted row is only trained on; none where its system cannot be had, which `_Work.runs` tells."""
    try:
        return lever.system(spec.changes, 0).auxiliary.sources
    except _NOT_HAD:
        return ()


def _carry_out(lever: Lever, runs: Sequence[FoldRun], tell: Callable[[str], None]) -> None:
    for run in runs:
        if not run.is_done():
            tell(f"{lever.name}, {run.out.name}")
        run.carry_out()


def _said(runs: Sequence[FoldRun]) -> list[Said]:
    """What all folds of a row say. Raises UsageError where one was not judged."""
    left = [place for place, run in enumerate(runs) if not run.is_done()]
    if left:
        told = f"fold{'s' if len(left) > 1 else ''} {', '.join(map(str, left))}"
        raise UsageError(f"{told} of {len(runs)} not fitted yet", "the same command without --fold and --only does it")
    return [run.said() for run in runs]


def _averaged(lever: Lever, said: Mapping[str, list[Said]]) -> list[Said]:
    lacking = [name for name in lever.average if name not in said]
    if lacking:
        raise UsageError(f"is made of {', '.join(lacking)}, not in the table either")
    return [averaged(members) for members in zip(*(said[name] for name in lever.average), strict=True)]


@dataclass(slots=True)
class _Work:
    """Where the rows' inputs and folders are. `cache`: the table's own, `inputs`: of it the women of the folds."""

    spec: AblationSpec
    folds: Folds
    out: Path
    cache: InputCache
    inputs: InputCache
    carried: bool
    here: bool
    sources: dict[tuple[Path | None, tuple[str, ...]], tuple[Source, str]] = field(default_factory=dict)

    def source(self, place: Path | None, auxiliary: tuple[str, ...] = ()) -> tuple[Source, str]:
        """The inputs of a row and their hash; without `place` the table's. Images of the sources `auxiliary` are among
        them, too. Raises InputRefusedError, UsageError."""
        asked = place, auxiliary
        if asked not in self.sources:
            cache = self.cache if place is None else load(place, carried=self.carried)
            own = inputs_of(cache, self.folds, auxiliary) if place or auxiliary else self.inputs
            source = Source(cache=own) if self.here else on_disk(own, self.out / "inputs")
            self.sources[asked] = source, cache_hash(own)
        return self.sources[asked]

    def runs(self, lever: Lever) -> list[FoldRun]:
        """The folds of a fitted, blended or flipped row. Raises InputRefusedError, UsageError."""
        looked = self.spec.lever(lever.flips_of) if lever.flips_of else lever
        fitted = self.spec.lever(looked.blend[0]) if looked.blend else looked
        source, inputs = self.source(fitted.cache, fitted.system(self.spec.changes, 0).auxiliary.sources)
        return [
            FoldRun(
                source=source,
                inputs=inputs,
                system=replace(system, split=self.folds.spec_of(fold, whole=not system.split.validation)),
                run=self.out / looked.name / f"fold-{fold}",
                out=self.out / lever.name / f"fold-{fold}",
                flips=lever.flips if lever.flips_of else (),
                members=tuple(self.out / name / f"fold-{fold}" for name in lever.blend),
            )
            for fold in range(self.spec.folds)
            for system in (fitted.system(self.spec.changes, fold),)
        ]


def _facts(lever: Lever, work: _Work, before: Mapping[str, Mapping[str, Any]], said: Sequence[Said]) -> dict[str, Any]:
    """What a row was and cost, but for its figures. A row that is made of others costs what their `networks`, the
    fitted rows among them, cost together."""
    lines = [calibration_of(one) for one in said]
    told: dict[str, Any] = {
        "kind": lever.kind,
        "made_of": list(lever.needs),
        "flips": list(lever.flips) if lever.flips_of else [],
        "calibrations": [{"slope": line.slope, "intercept": line.intercept} for line in lines],
    }
    if lever.rung is None:
        members = [before[name] for name in lever.needs]
        leaves = list(dict.fromkeys(name for one in members for name in one["networks"]))
        return told | {
            "networks": leaves,
            "system": "",
            "settings": [],
            "rows": members[0]["rows"],
            "columns": members[0]["columns"],
            "epochs": [],
            "origin": "",
            "warnings": [],
            "costs": _together([before[name]["costs"] for name in leaves]),
        }
    runs = work.runs(lever)
    starts = [_start(run) for run in runs]
    size = runs[0].source.cache.inputs.shape[1:]
    system = runs[0].system
    return told | {
        "networks": [lever.name],
        "system": Path(lever.rung.system).name,
        "settings": list(lever.rung.changes),
        "rows": system.input.rows or int(size[0]),
        "columns": system.input.columns or int(size[1]),
        "epochs": [_epochs(run) for run in runs],
        "origin": origin(starts[0]),
        "warnings": _warnings(work, runs, starts),
        "costs": _together([costs_of(run.run) for run in runs]),
    }


def _start(run: FoldRun) -> Mapping[str, Any] | None:
    path = run.run / "start.json"
    return dict(read_json(path)) if path.is_file() else None


def _epochs(run: FoldRun) -> dict[str, Any]:
    """`chosen` by the validation women, of those `run`."""
    history = read_json(run.run / "history.json")
    best = [record["epoch"] for record in history if record["best"]]
    return {"chosen": best[-1] if best else None, "run": len(history)}


def _warnings(work: _Work, runs: Sequence[FoldRun], starts: Sequence[Mapping[str, Any] | None]) -> list[str]:
    """For each fold whose held-out women the first weights saw, or may have seen, a line."""
    found = []
    for place, (run, start) in enumerate(zip(runs, starts, strict=True)):
        if start is None or start.get("kind", "nothing") == "nothing":
            continue
        split, rows = work.folds.splits[place], own_rows(run.source.cache.rows, run.system.auxiliary.sources)
        overlap = overlap_with_run([rows[index] for index in split.indices(rows, "test")], split, start)
        if overlap.women or not overlap.known:
            found.append(f"fold {place}: {overlap.text}")
    return found


def _together(costs: Sequence[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """Times added, the most memory of any; None where one was not measured."""
    known = [one for one in costs if one is not None]
    if len(known) < len(costs):
        return None
    peaks = [one["peak_bytes"] for one in known if one["peak_bytes"] is not None]
    return {
        "cpu_seconds": sum(float(one["cpu_seconds"]) for one in known),
        "wall_seconds": sum(float(one["wall_seconds"]) for one in known),
        "peak_bytes": max(peaks) if len(peaks) == len(known) else None,
    }
