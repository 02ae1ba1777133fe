"""Owns the judgement of a network on lesion patches: of the women held back, and of other sets. Never fits.

A patch is a square with a lesion, or one of the same breast without (see `fitting.patches`). Such a figure says how
well lesions are told from what lies beside them, not which woman has cancer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, UsageError
from training import weighted
from training.bootstrap import by_woman
from training.cache import InputCache
from training.calibration import Calibration
from training.data.table import ImageRow
from training.evaluation.levels import levels_of, void_reason
from training.fitting.patches import LesionImages, draw_patch
from training.fitting.prediction import predict, predict_groups
from training.fitting.records import read_config
from training.leaks import overlap_with_run
from training.split import LeakError, Split

_OF_ONE_SIZE = ("dense", "cnn")
"""Networks whose head knows each place of the input."""

PAIRS = 4
"""Patches with, and as many without a lesion that are cut from each image."""


def told_of(images: LesionImages) -> dict[str, Any]:
    """What the images are: how many, of how many women who are known, of which sets and modalities."""
    known = [row for row in images.rows if row.woman_known]
    return {
        "images": len(images.rows),
        "images_of_unknown_women": len(images.rows) - len(known),
        "sources_of_unknown_women": sorted({row.source for row in images.rows if not row.woman_known}),
        "women": len({row.patient_id for row in known}),
        "sources": sorted({row.source for row in images.rows}),
        "modalities": sorted({row.modality for row in images.rows}),
    }


def of_known_women(images: LesionImages) -> LesionImages:
    """The images that say whom they show. Raises UsageError where there is none."""
    chosen = [index for index, row in enumerate(images.rows) if row.woman_known]
    if not chosen:
        raise UsageError("no image says whom it shows", "such images can be trained on, but nothing judged by them")
    return part_of(images, chosen)


def with_room(images: LesionImages, size: int, seed: int) -> LesionImages:
    """The images in which a patch of `size` pixels has room beside the lesion: of the others the patches without one
    would be black, and black would be learnt. Raises UsageError where there is none."""
    rng = np.random.default_rng((seed, size))
    chosen = [
        index
        for index in range(len(images.rows))
        if any(draw_patch(images, index, False, size, rng).any() for _ in range(3))
    ]
    if not chosen:
        raise UsageError(f"no image has room for a patch of {size} pixels beside its lesion", "give a smaller --patch")
    return part_of(images, chosen)


def part_of(images: LesionImages, chosen: Sequence[int]) -> LesionImages:
    """The images at `chosen`."""
    kept = list(chosen)
    return LesionImages(images.inputs[kept], images.masks[kept], tuple(images.rows[index] for index in kept))


def judge_patches(
    network: Any, images: LesionImages, size: int, *, seed: int, samples: int = 2000, pairs: int = PAIRS
) -> dict[str, Any]:
    """AUROC per patch of `network` on `pairs` patches with and without a lesion of each image that says whom it shows,
    with 95 % intervals by bootstrap over women; beside it that of the patches' mean grey, which needs no network.

    Raises UsageError where no image says whom it shows, or none has room for a patch without the lesion.
    """
    known = of_known_women(images)
    judged = with_room(known, size, seed)
    rng = np.random.default_rng((seed, size))
    patches = [
        draw_patch(judged, index, positive, size, rng)
        for index in range(len(judged.rows))
        for positive in (False, True)
        for _ in range(pairs)
    ]
    truth = ([0] * pairs + [1] * pairs) * len(judged.rows)
    women = [row.patient_id for row in judged.rows for _ in range(2 * pairs)]
    pixels, labels, names = np.stack(patches), np.array(truth, np.int64), np.array(women)

    def auroc(scores: NDArray[np.float64]) -> dict[str, float] | None:
        return by_woman(weighted.auroc, labels, scores, names, samples=samples).record()

    return {
        **told_of(judged),
        "images_of_unknown_women": len(images.rows) - len(known.rows),
        "images_without_room": len(known.rows) - len(judged.rows),
        "unit": "patch",
        "patch_px": size,
        "patches": len(patches),
        "auroc": auroc(predict(network, pixels)),
        "mean_grey_auroc": auroc(pixels.mean(axis=(1, 2), dtype=np.float64)),
        "bootstrap_samples": samples,
    }


def assert_strangers(rows: Sequence[ImageRow], split: Split, start: Mapping[str, Any]) -> None:
    """Raise LeakError where a woman of `rows` was seen, or may have been, by the run of `pretrain` with `split`: by
    her id, by images of her set that do not say whom they show, or in a set of the same women under other numbers.
    `start`: what a `fit` from its weights would keep, see `start_record`."""
    seen = overlap_with_run([row for row in rows if row.woman_known], split, start)
    if seen.women:
        raise LeakError(seen.text, "judge it on other women")


def judge_whole(run_folder: Path, weights: Path, cache: InputCache, *, samples: int = 2000) -> dict[str, Any]:
    """AUROC per image, breast and woman of the same network on whole images, as it is, of women who are known: {unit:
    figures}, {unit: {"void": why}} where the set gives the label away, {} where one class is absent or the network
    takes inputs of one size alone."""
    known = [index for index, row in enumerate(cache.rows) if row.woman_known]
    if len({cache.rows[index].label for index in known}) < 2 or read_config(run_folder).model.kind in _OF_ONE_SIZE:
        return {}
    rows, columns = (int(size) for size in cache.inputs.shape[1:])
    network = network_of(run_folder, weights, rows, columns)
    groups = tuple((index,) for index in known)
    found: dict[str, Any] = {}
    for level in levels_of(predict_groups(network, cache, groups, read_config(run_folder)), Calibration()):
        reason = void_reason(level.unit, [cache.rows[index] for index in known])
        labels, women = level.labels(), level.women()
        found[level.unit] = (
            {"void": reason}
            if reason
            else {
                "examples": int(labels.size),
                "positives": int(labels.sum()),
                "women": len(set(women)),
                "auroc": by_woman(weighted.auroc, labels, level.ranks, women, samples=samples).record(),
            }
        )
    return found


def network_of(run_folder: Path, weights: Path, rows: int, columns: int) -> Any:
    """The network of a run of `pretrain` with the weights that were kept, for inputs of `rows` x `columns`. Raises
    InputRefusedError."""
    import keras

    from training.models.network import build_network
    from training.models.weights import load_weights

    if not weights.is_file():
        raise InputRefusedError(f"{weights}: no such weights file", "run 'pretrain' until it ends its first epoch")
    network = build_network(read_config(run_folder), rows, columns)
    load_weights(network, weights)
    network.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU
    return network


def _span(found: Mapping[str, float] | None) -> str:
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})" if found else "not to be had"


def whole_lines(judged: Mapping[str, Any], what: str) -> list[str]:
    """The lines of a judgement on whole images."""
    lines = []
    for unit, found in judged["whole_images"].items():
        told = found.get("void") or (
            f"AUROC {_span(found['auroc'])} on {found['examples']}, {found['positives']} of them positive, of "
            f"{found['women']} women"
        )
        lines.append(f"{what} ({', '.join(judged['modalities'])}), whole images, per {unit}: {told}")
    return lines


def line(judged: Mapping[str, Any], what: str) -> str:
    """One line of a judgement: what was judged, the figure with its interval, and what it must beat."""
    return (
        f"{what} ({', '.join(judged['modalities'])}): AUROC per patch {_span(judged['auroc'])} on {judged['patches']} "
        f"patches of {judged['women']} women; their mean grey alone {_span(judged['mean_grey_auroc'])}"
    )


def unknown_line(images: LesionImages) -> str:
    """What is to be said of images that do not say whom they show; empty where all do."""
    counted = Counter(row.woman_known for row in images.rows)
    if not counted[False]:
        return ""
    text = f"{counted[False]} of {len(images.rows)} images do not say whom they show: they are trained on"
    both = {row.source for row in images.rows if row.woman_known} & {
        row.source for row in images.rows if not row.woman_known
    }
    if not counted[True]:
        return f"{text}; no woman can be held back, so that the last epoch is kept and nothing is measured"
    if both:
        return f"{text}, and may show women who are held back ({', '.join(sorted(both))}): the figures may be too good"
    return f"{text}, and choose nothing"
