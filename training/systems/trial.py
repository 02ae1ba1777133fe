"""Owns the trial of systems: each is fitted for a few steps on a tiny set that is drawn here. Says nothing of how good
they are."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from training.cache import InputCache, LesionMasks
from training.config import PatchesConfig, System
from training.data.table import DIAGNOSES, ImageRow, Lesion

SIZE = 64
"""Rows and columns of the inputs."""


def trial_cache(*, crops: bool = False, women: int = 24) -> InputCache:
    """Inputs uint8 (2 x women, 64, 64) with lesion masks, diagnoses and densities, CC and MLO of one breast of each
    woman: normal, with a dim spot (benign) or a bright one (malignant); all of them crops, or none."""
    rng = np.random.default_rng(1)
    down, across = np.mgrid[0:SIZE, 0:SIZE]
    inputs, masks, rows = [], [], []
    for woman in range(women):
        diagnosis = DIAGNOSES[(0, 2, 1, 2)[woman % 4]]
        for view in ("CC", "MLO"):
            spot = np.hypot(down - rng.integers(18, 46), across - rng.integers(12, 40)) < 6
            lift = {"normal": 0, "benign": 60, "malignant": 150}[diagnosis] * spot
            pixels = 60 + 10 * rng.standard_normal((SIZE, SIZE)) + lift
            inputs.append(np.clip(np.where(np.hypot(down - 32, across) < 56, pixels, 0), 0, 255).astype(np.uint8))
            masks.append(spot & (diagnosis != "normal"))
            lesion = Lesion(kind="mass", pathology=diagnosis, circle_px=(32, 26, 6))
            rows.append(
                ImageRow(
                    file=Path(f"{woman}_{view}.png"),
                    patient_id=f"trial/{woman}",
                    laterality="LR"[woman % 2],
                    view=view,
                    label=int(diagnosis == "malignant"),
                    source="trial",
                    density="ABCD"[woman % 4],
                    diagnosis=diagnosis,
                    lesions=() if diagnosis == "normal" else (lesion,),
                    crop_px=(0, 0, SIZE, SIZE) if crops else None,
                )
            )
    packed = np.packbits(np.stack(masks).reshape(len(masks), -1), axis=1)
    lesions = LesionMasks(packed, np.arange(len(masks)))
    return InputCache(np.stack(inputs), tuple(rows), {"id": "trial"}, "trial", lesions)


def made_small(system: System) -> System:
    """The very network and losses, on inputs of any size, in one epoch of a few small steps, from random weights."""
    patches = PatchesConfig(epochs=1, size=32, batch=4) if system.patches.epochs else system.patches
    views = system.model.views
    return replace(
        system,
        input=replace(system.input, rows=0, columns=0),
        optimiser=replace(system.optimiser, mixed_precision=False),
        stopping=replace(system.stopping, epochs=1),
        start=type(system.start)(),
        auxiliary=type(system.auxiliary)(),
        patches=patches,
        run=replace(system.run, batch=max(system.model.classes, 8 // (2 * views)), limit=8),
    )


def try_system(system: System) -> float:
    """Fit `system`, made small, in a folder that is thrown away, and ask it about two images that it never saw; the
    loss of its epoch. Raises MammoviewError, also where what it says is no number."""
    from training.fit import fit, predict_run, read_split

    cache = trial_cache(crops=system.input.crops == "roi")
    with tempfile.TemporaryDirectory(prefix="mammoview-trial-") as scratch, _without_graphs():
        out = Path(scratch) / "run"
        fit(cache, made_small(system), out)
        predict_run(out, cache, read_split(out / "split.json").indices(cache.rows, "test")[:2])
        return float(json.loads((out / "history.json").read_text(encoding="utf-8"))[-1]["loss"])


@contextmanager
def _without_graphs() -> Iterator[None]:
    """Where TensorFlow works: step by step. For two steps the making of graphs would take nearly all of the time."""
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Even though the `tf.config.experimental_run_functions_eagerly`")
            yield
    finally:
        tf.config.run_functions_eagerly(False)
