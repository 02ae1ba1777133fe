"""Owns the folds of an ablation table: which woman is in which, the inputs of those women, and the fitting and the one
judgement of a fold. Never makes figures.

Women of the standard split's test part are not only left unread: the inputs that are fitted and judged do not hold
them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training.auxiliary import split_of_system
from training.blend import blend
from training.cache import InputCache, LesionMasks, load, write_folder
from training.checkpoint import replacing_text
from training.config import System
from training.data.table import ImageRow, women_hash
from training.evaluation.runs import read_json, weights_hash
from training.evaluation.saved import NAME, load_predictions, save_predictions
from training.fitting.prediction import predict_run
from training.fitting.records import (
    assert_unseen,
    cache_hash,
    filled,
    read_config,
    read_split,
    start_record,
    write_json,
)
from training.ladder_child import in_child
from training.ladder_rung import Source, at_size, fit_rung
from training.predictions import Predictions
from training.split import LeakError, Split, SplitSpec, is_of, make_split
from training.systems import as_record

FOLD = "fold.json"
PARTS_JUDGED = {"validation": "validation", "held-out": "test"}
"""The folders of a fold's predictions, and the parts of its split that they are of."""


@dataclass(frozen=True, slots=True)
class Folds:
    """`splits[i]`: the split whose test part is fold i; `files[i]`: it as a file for `make_split`; `spec`: how they
    were made; `kept_out`: women of the standard split's test part, who are in no fold."""

    splits: tuple[Split, ...]
    files: tuple[Path, ...]
    spec: SplitSpec
    kept_out: frozenset[str]

    @property
    def women(self) -> frozenset[str]:
        """All women who are in a fold's split."""
        return frozenset(self.splits[0].part_of)

    def fold_of(self) -> dict[str, int]:
        """The fold in which each woman is held out."""
        return {
            woman: place for place, split in enumerate(self.splits) for woman, part in split.part_of.items()
            if part == "test"
        }  # fmt: skip

    def spec_of(self, fold: int, *, whole: bool = False) -> SplitSpec:
        """The split of one fold as a system's setting, the same for every row of the table; `whole`: its validation
        women are trained on, too."""
        spec = replace(self.spec, kind="file", file=str(self.files[fold]), fold=fold)
        return replace(spec, validation=0.0, file=str(_whole(self.files[fold]))) if whole else spec


def make_folds(rows: Sequence[ImageRow], spec: SplitSpec, out: Path, *, folds: int, without_test: bool) -> Folds:
    """Deal the women out to `folds` folds, each with a validation part among the women of the other folds, and write
    each split to `out`/fold-I.csv, and without its validation part to fold-I-whole.csv. `spec`: the standard split;
    `without_test` keeps its test women out of all folds.
    Raises LeakError, UsageError and InputRefusedError."""
    standard = make_split(rows, spec)
    tested = {woman for woman, part in standard.part_of.items() if part == "test"} if without_test else set()
    kept = [row for row in rows if row.patient_id not in tested]
    dealt = replace(spec, kind="k-fold", file="", folds=folds, fold=0)
    splits = tuple(make_split(kept, replace(dealt, fold=fold)) for fold in range(folds))
    out.mkdir(parents=True, exist_ok=True)
    files = tuple(out / f"fold-{fold}.csv" for fold in range(folds))
    for path, split in zip(files, splits, strict=True):
        _write_split(path, split.part_of)
        whole = {woman: "train" if part == "validation" else part for woman, part in split.part_of.items()}
        _write_split(_whole(path), whole)
    return Folds(splits, files, dealt, frozenset(tested))


def _whole(path: Path) -> Path:
    """Where the split of a fold without its validation part stands."""
    return path.with_stem(f"{path.stem}-whole")


def _write_split(path: Path, part_of: Mapping[str, str]) -> None:
    with replacing_text(path) as stream:
        writer = csv.writer(stream)
        writer.writerow(("patient_id", "part"))
        writer.writerows(sorted(part_of.items()))


def inputs_of(cache: InputCache, folds: Folds, auxiliary: Sequence[str] = ()) -> InputCache:
    """The cache without the images of women who are in no fold, but for those of the sources `auxiliary`, which are
    only trained on. Raises UsageError where it lacks women of the folds."""
    missing = folds.women - {row.patient_id for row in cache.rows}
    if missing:
        raise UsageError(f"its cache lacks {len(missing)} women of the folds", "prepare it from the same set")
    known = [index for index, row in enumerate(cache.rows) if row.patient_id in folds.women or is_of(row, auxiliary)]
    if len(known) == len(cache.rows):
        return cache
    lesions = cache.lesions
    return replace(
        cache,
        inputs=np.ascontiguousarray(cache.inputs[known]),
        rows=tuple(cache.rows[index] for index in known),
        lesions=LesionMasks(lesions.packed, lesions.of_row[known]) if lesions is not None else None,
    )


def on_disk(cache: InputCache, out: Path) -> Source:
    """The inputs as a source that other processes can map: in a folder of `out` named by what they are, which is
    written once."""
    place = out / cache_hash(cache)
    if not (place / "cache.json").is_file():
        write_folder(cache, range(len(cache.rows)), {}, place)
    return Source(cache=load(place), path=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldRun:
    """One row of the table on one fold. `system`: with the fold's split; `run`: the folder of the fitted network, `out`
    that of what it said, the same unless other flips are looked at; `inputs`: the hash of the source; `members`: the
    runs whose weights are averaged, of a fold that is blended and not fitted."""

    source: Source
    inputs: str
    system: System
    run: Path
    out: Path
    flips: tuple[str, ...] = ()
    members: tuple[Path, ...] = ()

    def asked(self) -> dict[str, Any]:
        """What makes it this one and no other; no paths, so that a folder may be copied from another machine."""
        told = as_record(self.system)
        told["start"]["file"] = Path(self.system.start.file).name
        told["split"]["file"] = Path(self.system.split.file).name
        made = {"blend": [member.parent.name for member in self.members]} if self.members else {}
        return {"system": told, "inputs": self.inputs, "flips": list(self.flips), **made}

    def parts(self) -> tuple[str, ...]:
        """The folders of its predictions: without a validation part, of the held-out women alone."""
        return tuple(name for name in PARTS_JUDGED if name == "held-out" or self.system.split.validation)

    def is_here(self) -> bool:
        """Whether all is done in this process."""
        return self.source.path is None

    def is_done(self) -> bool:
        """Whether the held-out women were judged by it. Raises UsageError where the folder was fitted from other
        weights than those that the start names now."""
        if not (self.out / FOLD).is_file() or not all((self.out / name / NAME).is_file() for name in self.parts()):
            return False
        told, weights = filled(read_json(self.out / FOLD)), Path(self.system.start.file)
        if {key: told.get(key) for key in self.asked()} != self.asked():
            return False
        if self.system.start.file and weights.is_file() and told.get("start") != _sha256(weights):
            raise UsageError(f"{self.run} was started from another {weights.name}", "give the row another name")
        return True

    def carry_out(self) -> None:
        """Fit, or go on with it, and judge the validation part and once the fold's women. Raises what `fit_rung`
        raises."""
        if self.is_done():
            return
        if self.flips and not (self.run / FOLD).is_file():
            raise UsageError(f"{self.run.parent.name} is not fitted on fold {self.system.split.fold}", "fit it first")
        if self.members:
            blend_all({"runs": [str(member) for member in self.members], "out": str(self.run)}, here=self.is_here())
        elif not self.flips:
            self._assert_start_unseen()
            fit_rung(self.source, self.system, self.run)
        told = {"run": str(self.run), "out": str(self.out), "flips": list(self.flips)}
        if self.is_here():
            _judge(self.source.cache, told)
        else:
            in_child(_judge_in_child, {**told, "cache": str(self.source.path)})
        begun = read_json(self.run / "start.json") if (self.run / "start.json").is_file() else {}
        kept = {"start": begun.get("sha256"), "weights": weights_hash(self.run)}
        write_json(self.out / FOLD, {**self.asked(), **kept})

    def _assert_start_unseen(self) -> None:
        """`fit` would end with a LeakError, as where the data leak; here it is the row that cannot be had."""
        if self.system.start.file:
            try:
                assert_unseen(Path(self.system.start.file), split_of_system(self.source.cache.rows, self.system))
            except LeakError as error:
                hint = "fit what it starts from once a fold, on that fold's women, and name it with {fold} in its path"
                raise UsageError(error.cause, hint) from error

    def said(self) -> dict[str, Predictions]:
        """What the row says of the held-out women, and of the validation part where there is one. Raises
        InputRefusedError."""
        return {name: load_predictions(self.out / name) for name in self.parts()}


def _sha256(weights: Path) -> str:
    return str(start_record(weights)["sha256"])


def blend_all(told: dict[str, Any], *, here: bool) -> None:
    """Average the weights of "runs" into "out", in this process or in one of its own. Raises what `blend` raises."""
    if here:
        _blend(told)
    else:
        in_child(_blend_in_child, told)


def _blend(told: dict[str, Any]) -> dict[str, Any]:
    blend([Path(run) for run in told["runs"]], Path(told["out"]))
    return {}


def _blend_in_child(told: dict[str, Any]) -> dict[str, Any]:
    from training.commands.console import quiet_backend

    quiet_backend()
    return _blend(told)


def _judge_in_child(told: dict[str, Any]) -> dict[str, Any]:
    from training.commands.console import quiet_backend

    quiet_backend()
    _judge(load(Path(told["cache"])), told)
    return {}


def _judge(cache: InputCache, told: dict[str, Any]) -> None:
    """Keep what the run's network says of the two parts, averaged over the flips of the inputs."""
    run, flips = Path(told["run"]), told["flips"]
    own, split = at_size(cache, read_config(run)), read_split(run / "split.json")
    for name, part in PARTS_JUDGED.items():
        chosen = split.indices(own.rows, part)
        if not chosen:
            continue
        seen = [predict_run(run, replace(own, inputs=inputs), chosen) for inputs in _flipped(own.inputs, flips)]
        mean = np.mean([one.logits for one in seen], axis=0)
        save_predictions(replace(seen[0], logits=mean), Path(told["out"]) / name)


def _flipped(inputs: NDArray[np.uint8], flips: Sequence[str]) -> list[NDArray[np.uint8]]:
    """The inputs as they are, and mirrored along each axis of `flips` and along both."""
    found = [inputs]
    for axis, name in ((1, "rows"), (2, "columns")):
        found += [np.flip(one, axis) for one in found] if name in flips else []
    return found


def hashes(folds: Folds) -> dict[str, str]:
    """The hash that names the women of each fold, and those who are in none."""
    found = {f"fold {place}": split.hashes()["test"] for place, split in enumerate(folds.splits)}
    return found | ({"kept for the test": women_hash(folds.kept_out)} if folds.kept_out else {})
