"""Owns the judgement of a bundle on any data: as the application would read the files, or on a cache of its inputs.

Images that the application's gate refuses are counted apart; no figure holds them.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, MammoviewError, UsageError
from mammoview.inference.bundle import Bundle
from mammoview.inference.preprocess import PreprocessParams
from training.cache import InputCache
from training.calibration import Calibration, prior_shift
from training.data.table import ImageRow, women_hash
from training.evaluation.baselines import baselines
from training.evaluation.figures import (
    at_prevalence,
    coarser_points,
    level_figures,
    operating_points,
    subgroups,
    three_classes,
)
from training.evaluation.levels import breast_count_auroc, levels_of
from training.evaluation.runs import SAMPLES, counts, options
from training.evaluation.saved import save_predictions
from training.evaluation.versions import versions
from training.evaluation.views import joined_views
from training.fitting.records import write_json
from training.leaks import Overlap, overlap_with_bundle, without
from training.predictions import Example, Predictions
from training.reliability import reliability_record
from training.slices import is_slice
from training.split import LeakError

_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """An image that was not scored, and why."""

    row: ImageRow
    reason: str


def judge_bundle(
    bundle: Bundle,
    data: Sequence[ImageRow] | InputCache,
    out: Path,
    *,
    samples: int = SAMPLES,
    prevalence: float | None = None,
    allow_leak: bool = False,
    unseen: bool = False,
) -> dict[str, Any]:
    """Judge a bundle with its own calibration and operating points; write `out`/evaluation.json and predictions.npz and
    return the former. `unseen`: leave out the women whom the model has seen; `prevalence`: as `evaluate` takes it.

    Raises LeakError where the data hold women whom the model has seen (unless `allow_leak`, which stamps the record),
    UsageError where nothing is left to judge, a cache was made by another preprocessing, or `prevalence` is none.
    """
    told = dict(bundle.metrics.get("image", {})).get("prevalence")  # older bundles tell that of the test women alone
    fitted = bundle.training.get("calibration_prevalence", told)
    if prevalence is not None:
        prior_shift(0.5, prevalence)  # asked before all is read
        if fitted is None:
            raise UsageError("the bundle does not tell the prevalence it was calibrated at", "leave out --prevalence")
    rows = data.rows if isinstance(data, InputCache) else tuple(data)
    known, overlap = unseen_rows(bundle, rows, allow_leak=allow_leak, unseen=unseen)
    predictions, refused = predict_bundle(bundle, data, known)
    labels = predictions.labels()
    if labels.size == 0 or labels.min() == labels.max():
        why = f"; {len(refused)} were refused, as: {refused[0].reason}" if refused else ""
        raise UsageError(f"{labels.size} images were scored, of one class at most{why}", "give data with both classes")
    judged = [row for example in predictions.examples for row in example.rows]
    calibration = Calibration("platt", bundle.calibration.slope, bundle.calibration.intercept)
    levels = levels_of(predictions, calibration)
    own = levels[0]
    chosen = {name: point.threshold for name, point in bundle.operating_points.items()}
    points = operating_points(own, chosen, samples=samples)
    counted = breast_count_auroc(judged)
    record = {
        "kind": "bundle",
        "name": f"{bundle.name} {bundle.version}",
        "bundle_sha256": bundle.sha256,
        "command": f"python -m training evaluate {bundle.folder.name} --data DATA --out {out.name}"
        + (" --unseen" if unseen else "")
        + (" --allow-leak" if allow_leak else "")
        + options(samples, prevalence),
        "unit": predictions.unit,
        "classes": list(predictions.classes),
        "suspicious": predictions.classes[predictions.suspicious],
        "preprocess": bundle.preprocess.to_json(),
        "split_hashes": {"judged": women_hash(row.patient_id for row in judged)},
        "counts": {"judged": counts(judged)},
        "sources": sorted({row.source for row in judged}),
        "modalities": sorted({row.modality for row in judged}),
        "trained_on": {
            "split_hashes": dict(bundle.split_hashes),
            **{key: bundle.training[key] for key in ("sources", "modalities") if key in bundle.training},
        },
        "leak": overlap.record(allowed=allow_leak),
        "refused": _told(refused, len(rows) - sum(row.woman_known for row in rows)),
        "calibration": {**asdict(calibration), "fitted_on": "the bundle's own validation women", "prevalence": fitted},
        "reliability": reliability_record(predictions, calibration, part="judged"),
        "views": joined_views(own, samples=samples),
        "operating_points": points,
        "operating_points_of_coarser_units": coarser_points(
            levels, judged, {level.unit: chosen for level in levels[1:]}, samples=samples
        ),
        "test": {
            **{level.unit: level_figures(level, judged, samples=samples) for level in levels},
            "baselines": baselines(judged, (), levels, samples=samples),
            "subgroups": subgroups(own, samples=samples),
            "breast_count_auroc_per_woman": counted if np.isfinite(counted) else None,
        },
        "three_classes": three_classes(predictions, samples=samples),
        "prior_shift": at_prevalence(own, points, fitted=float(fitted), stated=prevalence)
        if prevalence is not None and fitted is not None
        else None,
        "bootstrap_samples": samples,
        "versions": versions(),
    }
    save_predictions(predictions, out)
    write_json(out / "evaluation.json", record)
    return record


def unseen_rows(
    bundle: Bundle, rows: Sequence[ImageRow], *, allow_leak: bool, unseen: bool
) -> tuple[tuple[ImageRow, ...], Overlap]:
    """The rows that a bundle may be judged on, of women who are known, and which of them its model has seen; `unseen`
    leaves the latter out. Raises LeakError where some are left and `allow_leak` is not given, UsageError where nobody
    is left."""
    known = tuple(row for row in rows if row.woman_known)
    overlap = overlap_with_bundle(known, bundle.training, bundle.split_hashes)
    return unseen_of(rows, overlap, allow_leak=allow_leak, unseen=unseen)


def unseen_of(
    rows: Sequence[ImageRow], overlap: Overlap, *, allow_leak: bool, unseen: bool
) -> tuple[tuple[ImageRow, ...], Overlap]:
    """The rows of women who are known, without those of `overlap` where `unseen` is given. Raises as `unseen_rows`."""
    known = tuple(row for row in rows if row.woman_known)
    if overlap.women and unseen:
        known = without(known, overlap.women)
        overlap = Overlap(
            frozenset(), overlap.known, f"{len(overlap.women)} women whom the model has seen were left out"
        )
    if overlap.women and not allow_leak:
        raise LeakError(overlap.text, "give --unseen to judge the other women, or --allow-leak, which marks the report")
    if not known:
        why = overlap.text if any(row.woman_known for row in rows) else "the data do not say whom they show"
        raise UsageError(f"no image is left to judge: {why}", "give data of other women")
    return known, overlap


def predict_bundle(
    bundle: Bundle, data: Sequence[ImageRow] | InputCache, rows: Sequence[ImageRow]
) -> tuple[Predictions, tuple[Refused, ...]]:
    """What the bundle's network says of `rows` (of `data`), and what was not scored.

    Raises UsageError where a cache was made by another preprocessing, BundleError where the network cannot be loaded.
    """
    import keras

    from mammoview.core.errors import BundleError

    try:
        model = keras.saving.load_model(bundle.model_file, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BundleError("load", f"{bundle.model_file.name}: {first}", "install the bundle again") from error
    refused: list[Refused] = []
    inputs = (
        _cached(data, rows, bundle.preprocess, refused)
        if isinstance(data, InputCache)
        else _read(rows, bundle.preprocess, refused)
    )
    logits, examples, batch = [], [], []
    for row, pixels in inputs:
        examples.append(Example((row,)))
        batch.append(pixels)
        if len(batch) == _BATCH:
            logits.append(_logits(model, batch))
            batch = []
    if batch:
        logits.append(_logits(model, batch))
    found = np.concatenate(logits) if logits else np.zeros((0, len(bundle.classes)))
    return Predictions("image", tuple(examples), found, bundle.classes, bundle.suspicious_index), tuple(refused)


def _logits(model: Any, batch: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """The last output of the network, padded to full batches so that one graph serves all."""
    filled = np.zeros((_BATCH, *batch[0].shape), np.float32)
    filled[: len(batch)] = batch
    outputs = model.predict_on_batch(filled)
    last = outputs[-1] if isinstance(outputs, (list, tuple)) else outputs
    return np.asarray(last, np.float64)[: len(batch)]


def _cached(
    cache: InputCache, rows: Sequence[ImageRow], params: PreprocessParams, refused: list[Refused]
) -> Iterator[tuple[ImageRow, NDArray[np.float32]]]:
    """Each image as the cache has it; slices that lie whole among mammograms are not what the application makes."""
    if cache.preprocess_hash != params.hash:
        raise UsageError(
            "the cache was made by another preprocessing than the bundle's",
            f"prepare it with --rows {params.rows} --columns {params.columns}, or give the folder of the images",
        )
    wanted = {id(row) for row in rows}
    for index, row in enumerate(cache.rows):
        if id(row) not in wanted:
            continue
        if is_slice(row, cache.preprocess):
            refused.append(Refused(row, "a slice of MRI taken whole, which the application does not do"))
        else:
            yield row, cache.inputs[index][..., None].astype(np.float32) / 255


def _read(
    rows: Sequence[ImageRow], params: PreprocessParams, refused: list[Refused]
) -> Iterator[tuple[ImageRow, NDArray[np.float32]]]:
    """Each image as the application reads it, through its gate."""
    from mammoview.core.breast import find_breast
    from mammoview.dicom.reader import read_file
    from mammoview.inference.preprocess import preprocess
    from mammoview.inference.quality import refusal

    for number, row in enumerate(rows):
        if sys.stderr.isatty() and number % 10 == 0:
            print(f"\rread {number} of {len(rows)}", end="", file=sys.stderr)
        if row.crop_px is not None:
            refused.append(Refused(row, "only a part of the image is meant; the model judges whole images"))
            continue
        try:
            image = read_file(row.file)
        except InputRefusedError as error:
            refused.append(Refused(row, f"cannot be read: {error.cause}"))
            continue
        except MammoviewError as error:
            refused.append(Refused(row, error.cause))
            continue
        region = find_breast(image)
        reason = refusal(image, region)
        if reason is not None:
            refused.append(Refused(row, reason))
            continue
        yield row, np.asarray(preprocess(image, params, region).pixels, np.float32)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)


def _told(refused: Sequence[Refused], strangers: int) -> dict[str, Any]:
    """What was not scored: by reason, and each file by its name."""
    return {
        "images": len(refused),
        "positives": sum(found.row.label for found in refused),
        "women_not_known": strangers,
        "reasons": dict(Counter(found.reason for found in refused).most_common()),
        "files": [{"file": found.row.file.name, "reason": found.reason} for found in refused],
    }
