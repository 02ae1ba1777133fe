"""Owns how well lesion maps point at women they never saw: one fit for each fold, each woman held back once, nothing
chosen on her. The fits are those of `lesion_map`; folds that are done are not fitted again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training.bootstrap import by_woman, paired
from training.cache import InputCache
from training.data.table import ImageRow
from training.evaluation.figures import TOO_FEW
from training.fitting.batches import mask_known
from training.fitting.lock import claimed
from training.fitting.pointing import NEAR_PX, brightest, hits
from training.fitting.records import write_json
from training.lesion_map import WEIGHTS, LesionMapConfig, PointingJudge, pretrain_lesion_map, with_lesion
from training.split import Split, SplitSpec, make_split
from training.weighted import Labels, Scores

SCHEMA = "mammoview.lesion-map-folds/1"
RECORD, FOLD = "folds.json", "pointing.json"
MAP, MIDDLE, BRIGHTEST = "lesion map", "middle of the breast", "brightest place"
WAYS = (MAP, MIDDLE, BRIGHTEST)
"""How a place is found; all but the first need no network."""

_UNKNOWN = "kind not told"


@dataclass(frozen=True, slots=True)
class Pointed:
    """One image with a lesion of a woman held back: `hit[way]`, whether the place of each of WAYS is in the lesion or
    at most NEAR_PX away."""

    woman: str
    source: str
    kind: str
    hit: Mapping[str, bool]


def cross_validate(
    cache: InputCache, config: LesionMapConfig, out: Path, *, folds: int, samples: int = 2000
) -> dict[str, Any]:
    """Fit `folds` networks, each on the women of the other folds to its last epoch, and pool where their maps point in
    the images of the women held back. Writes `out`/fold-I as `pretrain_lesion_map` does, with the hits on its women in
    pointing.json, and `out`/folds.json, which is returned; what was ended goes on.

    Raises UsageError where `folds` is under 2 or more than there are women with a lesion, where `out` holds another
    run, or where nobody has a drawn lesion; LeakError where sets hold the same women under other numbers.
    """
    splits = deal(cache, config.seed, folds)
    with claimed(out):
        found: list[Pointed] = []
        for number, split in enumerate(splits, start=1):
            folder = out / f"fold-{number}"
            pretrain_lesion_map(cache, config, folder, given=split)
            if not (folder / FOLD).is_file():
                judged = _judged(
                    cache, config, folder, women={w for w, part in split.part_of.items() if part == "test"}
                )
                write_json(folder / FOLD, [asdict(one) for one in judged])
            found += [Pointed(**one) for one in json.loads((folder / FOLD).read_text(encoding="utf-8"))]
        record = {
            "schema": SCHEMA,
            "unit": "image with a lesion",
            "folds": folds,
            "config": {**asdict(config), "base": Path(config.base).name, "weights": Path(config.weights).name},
            "rows": int(cache.inputs.shape[1]),
            "columns": int(cache.inputs.shape[2]),
            "near_px": NEAR_PX,
            "bootstrap_samples": samples,
            **pooled(found, samples=samples),
        }
        write_json(out / RECORD, record)
    return record


def deal(cache: InputCache, seed: int, folds: int) -> tuple[Split, ...]:
    """The split of each fold: its women are the test part, all others are trained on. Women with and without a drawn
    lesion and of each set are dealt out evenly; images that do not say whom they show are always trained on. Raises
    UsageError, LeakError."""
    told = np.flatnonzero(mask_known(cache) > 0).tolist()
    drawn = with_lesion(cache, told)
    rows = [replace(cache.rows[index], label=int(has)) for index, has in zip(told, drawn, strict=True)]
    women = {row.patient_id for row in rows if row.label and row.woman_known}
    if not 2 <= folds <= len(women):
        raise UsageError(
            f"{folds} folds of {len(women)} women with a drawn lesion cannot be made",
            "give --folds 5, and a set with lesions",
        )
    spec = SplitSpec(kind="k-fold", seed=seed, validation=0.0, folds=folds, stratify=("label", "source"))
    return tuple(make_split(rows, replace(spec, fold=fold)) for fold in range(folds))


def _judged(cache: InputCache, config: LesionMapConfig, folder: Path, *, women: Set[str]) -> list[Pointed]:
    """Where the map of the fold in `folder`, and the ways without a network, point in the images of `women` with a
    lesion."""
    import keras

    from training.fitting.precision import precision
    from training.models.network import build_network

    system = config.system()
    with precision("mixed_bfloat16" if system.optimiser.mixed_precision else "float32"):
        network = build_network(system, *(int(size) for size in cache.inputs.shape[1:]))
    network.load_weights(folder / WEIGHTS)
    network.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU
    judge = PointingJudge(network, cache, [i for i, row in enumerate(cache.rows) if row.patient_id in women], system)
    hit = {
        MAP: judge.hits(),
        MIDDLE: hits(middles(judge.inputs), judge.masks),
        BRIGHTEST: hits(brightest(judge.inputs), judge.masks),
    }
    keras.utils.clear_session()
    return [
        Pointed(row.patient_id, row.source, _kind(row), {way: bool(hit[way][place]) for way in WAYS})
        for place, row in enumerate(cache.rows[index] for index in judge.chosen)
    ]


def middles(inputs: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The centroid (row, column) of the breast on each of `inputs` (n, rows, columns), whose air is 0: (n, 2); of the
    whole input where there is no breast."""
    found = np.zeros((len(inputs), 2))
    for place, pixels in enumerate(inputs):
        breast = pixels > 0 if pixels.any() else np.ones(pixels.shape, np.bool_)
        found[place] = [each.mean() for each in np.nonzero(breast)]
    return found


def _kind(row: ImageRow) -> str:
    kinds = sorted({lesion.kind or _UNKNOWN for lesion in row.lesions})
    return kinds[0] if len(kinds) == 1 else "several"


def pooled(found: Sequence[Pointed], *, samples: int) -> dict[str, Any]:
    """The figures of all images ("all"), of each set ("source") and of each kind of lesion in each set ("kind"):
    counts, for each of WAYS the share of images whose place is in the lesion or at most NEAR_PX away, with its 95 %
    interval by bootstrap over women ("too few" under TOO_FEW images), and "ahead", the map's share less that of the
    middle."""
    sources = sorted({one.source for one in found})
    return {
        "all": _figures(found, samples),
        "source": {name: _figures([one for one in found if one.source == name], samples) for name in sources},
        "kind": {
            f"{name}, {kind}": _figures([one for one in found if (one.source, one.kind) == (name, kind)], samples)
            for name, kind in sorted({(one.source, one.kind) for one in found})
        },
    }


def _figures(found: Sequence[Pointed], samples: int) -> dict[str, Any]:
    women = np.array([one.woman for one in found])
    hit = {way: np.array([one.hit[way] for one in found], np.float64) for way in WAYS}
    counts = {"images": len(found), "women": int(np.unique(women).size)}
    if len(found) < TOO_FEW:
        return {**counts, "pointing": "too few", "ahead": "too few"}
    nothing: NDArray[np.int64] = np.zeros(len(found), np.int64)
    return {
        **counts,
        "pointing": {way: by_woman(_mean, nothing, hit[way], women, samples=samples).record() for way in WAYS},
        "ahead": paired(_mean, nothing, hit[MAP], hit[MIDDLE], women, samples=samples).record(),
    }


def _mean(labels: Labels, scores: Scores, weights: Scores) -> Scores:
    return np.asarray(weights @ scores / np.maximum(weights.sum(axis=1), 1.0))


def told_lines(record: Mapping[str, Any]) -> list[str]:
    """The record in lines: all images, then each set."""
    lines = [
        f"women held back once each, in {record['folds']} folds, nothing chosen on them; a hit is a place in the "
        f"lesion or at most {record['near_px']:g} pixels of {record['rows']} x {record['columns']} away:"
    ]
    for name, told in (("all", record["all"]), *record["source"].items()):
        head = f"  {name}: {told['images']} images with a lesion of {told['women']} women"
        if told["pointing"] == "too few":
            lines.append(f"{head}: too few for a figure")
            continue
        shares = [f"{way} {_span(told['pointing'][way])}" for way in WAYS]
        lines.append(f"{head}: {', '.join(shares)}; ahead of the middle by {_span(told['ahead'])}")
    return lines


def _span(told: Mapping[str, float] | None) -> str:
    return f"{told['value']:.3f} ({told['low']:.3f} to {told['high']:.3f})" if told else "not to be had"
