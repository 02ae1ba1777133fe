"""Owns what is explained: the network of a run or of a bundle, its inputs, and which women may be looked at.

Test women of a run are read only where it was evaluated, and each reading is counted in evaluation.json as another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from mammoview.core.breast import find_breast
from mammoview.core.errors import BundleError, InputRefusedError, MammoviewError, UsageError
from mammoview.inference.bundle import Bundle
from mammoview.inference.gradcam import LESION_MAP, CellField, receptive_field
from mammoview.inference.preprocess import PreprocessParams, preprocess
from mammoview.inference.quality import refusal
from training.cache import InputCache, LesionMasks
from training.config import System
from training.data.table import ImageRow, women_hash
from training.evaluation.bundles import unseen_of, unseen_rows
from training.evaluation.runs import (
    Run,
    as_given,
    assert_fitted_on,
    count_test_read,
    read_evaluation,
    weights_hash,
)
from training.explanations.gradients import Explainer
from training.explanations.judge import Sight
from training.explanations.maps import MASK
from training.explanations.subjects import Chosen, choose
from training.fitting.batches import Groups, groups_of
from training.fitting.prediction import load_network, most_views
from training.fitting.records import read_config
from training.leaks import overlap_with_run
from training.lesion_masks import lesion_mask
from training.models.network import output_names
from training.models.trunks import FEATURES_LAYER, trunk
from training.pictures import read_picture
from training.slices import application_params, is_slice

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A network with the images that its maps are judged on; `facts` names both in the record."""

    sight: Sight
    chosen: Chosen
    facts: dict[str, Any]


def open_run(run: Run, cache: InputCache, *, part: str, most: int = 0, seed: int = 0) -> Opened:
    """The network of a run and the lesions of its validation or test women in `cache`.

    Raises UsageError where the cache holds women that the run does not know or was made by another preprocessing, or
    where the test women of a run that was not evaluated are asked for.
    """
    assert_fitted_on(run, cache)
    system = read_config(run.folder)
    groups = groups_of(cache.rows, run.split.indices(cache.rows, part), system.model.unit)
    chosen = choose(cache, groups, most=most, seed=seed)
    leak = {"state": "none", "text": "validation women: the epoch was chosen by them"}
    reads = None
    if part == "test":
        if not (run.folder / "evaluation.json").is_file():
            raise UsageError(f"{run.folder}: was not evaluated", "run 'evaluate' first, or take --part validation")
        leak = read_evaluation(run.folder)["leak"]
        reads = count_test_read(run) if chosen.subjects else None
    explainer, grid = _of_run(run, system, cache, views=max(system.model.views, most_views(groups)))
    facts = {
        **_facts_of(run, system, chosen, cache.preprocess, seed),
        "part": part,
        "command": f"python -m training explain {as_given(run.folder)} --cache CACHE --part {part}",
        "split_hash": run.split.hashes()[part],
        "leak": leak,
        "test_reads": reads,
    }
    return Opened(Sight(explainer, cache, grid, seed=seed), chosen, facts)


def open_run_on_data(
    run: Run,
    rows: Sequence[ImageRow],
    *,
    most: int = 0,
    seed: int = 0,
    allow_leak: bool = False,
    unseen: bool = False,
    tell: Tell = lambda done, count: None,
) -> Opened:
    """The network of an evaluated run and the lesions of other images, as the application reads them, those that its
    gate refuses left out. `allow_leak` and `unseen` are those of `evaluate`.

    Raises LeakError, UsageError where the run was not evaluated or judges several views at once.
    """
    system = read_config(run.folder)
    if system.model.unit != "image":
        raise UsageError(f"{run.folder}: judges several views at once", "give --cache CACHE")
    if not (run.folder / "evaluation.json").is_file():
        raise UsageError(f"{run.folder}: was not evaluated", "run 'evaluate' first")
    params = application_params(read_evaluation(run.folder)["preprocess"])
    overlap = overlap_with_run([row for row in rows if row.woman_known], run.split, run.start())
    known, overlap = unseen_of(rows, overlap, allow_leak=allow_leak, unseen=unseen)
    left_out: dict[str, int] = {}
    cache = inputs_of([row for row in known if row.lesions and row.label], params, left_out, tell)
    chosen = choose(cache, tuple((index,) for index in range(len(cache.rows))), most=most, seed=seed)
    chosen.left_out.update(left_out)
    explainer, grid = _of_run(run, system, cache, views=system.model.views)
    flags = (" --unseen" if unseen else "") + (" --allow-leak" if allow_leak else "")
    facts = {
        **_facts_of(run, system, chosen, cache.preprocess, seed),
        "part": "data",
        "command": f"python -m training explain {as_given(run.folder)} --data DATA{flags}",
        "split_hash": women_hash(subject.row.patient_id for subject in chosen.subjects),
        "leak": overlap.record(allowed=allow_leak),
        "test_reads": None,
    }
    return Opened(Sight(explainer, cache, grid, seed=seed), chosen, facts)


def _of_run(run: Run, system: System, cache: InputCache, *, views: int) -> tuple[Explainer, CellField]:
    """The network of a run and the places of the cells of its maps."""
    rows, columns = int(cache.inputs.shape[1]), int(cache.inputs.shape[2])
    network = load_network(run.folder, rows, columns, views=views)
    names = output_names(system.heads)
    explainer = Explainer(
        network,
        layer=FEATURES_LAYER,
        suspicious=len(system.classes) - 1,
        mask=network.outputs[names.index("mask")] if "mask" in names else None,
    )
    pixels = keras.Input((rows, columns, 1))
    one = keras.Model(pixels, trunk(system.model, pixels))  # the same cells, whatever the number of views
    return explainer, receptive_field(one.get_config(), FEATURES_LAYER, rows, columns)


def _facts_of(run: Run, system: System, chosen: Chosen, preprocess_record: Any, seed: int) -> dict[str, Any]:
    return {
        "kind": "run",
        "name": as_given(run.folder),
        "model_unit": system.model.unit,
        "suspicious": system.classes[-1],
        "shown": MASK if "mask" in output_names(system.heads) else "Grad-CAM",
        "weights_sha256": weights_hash(run.folder),
        "sources": sorted({subject.row.source for subject in chosen.subjects}),
        "preprocess": preprocess_record,
        "seed": seed,
    }


def open_bundle(
    bundle: Bundle,
    data: Sequence[ImageRow] | InputCache,
    *,
    most: int = 0,
    seed: int = 0,
    allow_leak: bool = False,
    unseen: bool = False,
    tell: Tell = lambda done, count: None,
) -> Opened:
    """The network of a bundle and the lesions of `data`: a cache of its preprocessing, or images as the application
    reads them, those that its gate refuses left out. `allow_leak` and `unseen` are those of `evaluate`.

    Raises LeakError, UsageError where a cache was made by another preprocessing, BundleError.
    """
    rows = data.rows if isinstance(data, InputCache) else tuple(data)
    known, overlap = unseen_rows(bundle, rows, allow_leak=allow_leak, unseen=unseen)
    left_out: dict[str, int] = {}
    if isinstance(data, InputCache):
        if data.preprocess_hash != bundle.preprocess.hash:
            raise UsageError("the cache was made by another preprocessing than the bundle's", "give the images")
        cache = data
    else:
        cache = inputs_of([row for row in known if row.lesions and row.label], bundle.preprocess, left_out, tell)
    kept = {(row.patient_id, row.file) for row in known}
    groups: Groups = tuple(
        (index,)
        for index, row in enumerate(cache.rows)
        if (row.patient_id, row.file) in kept and row.crop_px is None and not is_slice(row, cache.preprocess)
    )
    chosen = choose(cache, groups, most=most, seed=seed)
    chosen.left_out.update(left_out)
    try:
        network = keras.saving.load_model(bundle.model_file, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BundleError("load", f"{bundle.model_file.name}: {first}", "install the bundle again") from error
    drawn = bundle.explanation == LESION_MAP
    layer = FEATURES_LAYER if drawn else bundle.layer
    mask = network.get_layer(bundle.layer).output if drawn else None
    params = bundle.preprocess
    grid = receptive_field(network.get_config(), layer, params.rows, params.columns)
    explainer = Explainer(network, layer=layer, suspicious=bundle.suspicious_index, mask=mask)
    flags = (" --unseen" if unseen else "") + (" --allow-leak" if allow_leak else "")
    facts = {
        "kind": "bundle",
        "name": f"{bundle.name} {bundle.version}",
        "part": "data",
        "command": f"python -m training explain {bundle.folder.name} --data DATA{flags}",
        "model_unit": "image",
        "suspicious": bundle.suspicious,
        "shown": MASK if drawn else "Grad-CAM",
        "weights_sha256": bundle.sha256,
        "split_hash": women_hash(subject.row.patient_id for subject in chosen.subjects),
        "leak": overlap.record(allowed=allow_leak),
        "test_reads": None,
        "sources": sorted({subject.row.source for subject in chosen.subjects}),
        "preprocess": bundle.preprocess.to_json(),
        "seed": seed,
    }
    return Opened(Sight(explainer, cache, grid, seed=seed), chosen, facts)


def inputs_of(
    rows: Sequence[ImageRow], params: PreprocessParams, left_out: dict[str, int], tell: Tell = lambda done, count: None
) -> InputCache:
    """The inputs and lesions of images as the application reads them; `left_out` counts why others were left out.

    Raises UsageError where none is left.
    """
    inputs, masks, kept = [], [], []
    for number, row in enumerate(rows):
        tell(number, len(rows))
        try:
            image = read_picture(row.file)
            region = find_breast(image)
            reason = "only a part of the image is meant" if row.crop_px else refusal(image, region)
            if reason is None:
                made = preprocess(image, params, region)
                packed = np.packbits(lesion_mask(row.lesions, made.crop))
        except InputRefusedError as error:
            reason = f"cannot be read: {error.cause}"
        except MammoviewError as error:
            reason = error.cause
        if reason is not None:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        inputs.append(np.round(made.pixels[..., 0] * 255).astype(np.uint8))
        masks.append(packed)
        kept.append(row)
    if not kept:
        told = "; ".join(left_out) or "no image has a suspicious lesion"
        raise UsageError(f"none of the images can be judged: {told}", "give a set with drawn suspicious lesions")
    lesions = LesionMasks(np.stack(masks), np.arange(len(kept)))
    return InputCache(np.stack(inputs), tuple(kept), params.to_json(), params.hash, lesions)
