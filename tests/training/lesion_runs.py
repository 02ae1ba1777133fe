"""A cache of small synthetic inputs with lesion masks, diagnoses and densities, and small systems to fit on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from training.cache import InputCache, LesionMasks
from training.config import System
from training.data.table import DIAGNOSES, ImageRow, Lesion
from training.systems import load_system

SIZE = 32


def make_lesion_cache(*, women: int = 24, crops: bool = False, seed: int = 0) -> InputCache:
    """Inputs uint8 (2 x women, 32, 32), both views of one breast: normal, with a dim spot (benign) or a bright one
    (malignant) in turn; all of them crops, or none."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[0:SIZE, 0:SIZE]
    inputs, masks, rows = [], [], []
    for woman in range(women):
        diagnosis = DIAGNOSES[(0, 2, 1, 2)[woman % 4]]
        for view in ("CC", "MLO"):
            far = np.hypot(down - rng.integers(9, 23), across - rng.integers(6, 20))
            spot = {"normal": 0, "benign": 60, "malignant": 150}[diagnosis] * (far < 4)
            pixels = 60 + 10 * rng.standard_normal((SIZE, SIZE)) + spot
            inputs.append(np.clip(np.where(np.hypot(down - 16, across) < 28, pixels, 0), 0, 255).astype(np.uint8))
            masks.append((far < 4) & (diagnosis != "normal"))
            lesion = Lesion(kind="mass", pathology=diagnosis, circle_px=(16, 12, 4))
            rows.append(
                ImageRow(
                    file=Path(f"{woman}_{view}.png"),
                    patient_id=f"drawn/{woman}",
                    laterality="LR"[woman % 2],
                    view=view,
                    label=int(diagnosis == "malignant"),
                    source="drawn",
                    density="ABCD"[woman % 4] if woman % 5 else "",
                    diagnosis=diagnosis,
                    lesions=() if diagnosis == "normal" else (lesion,),
                    crop_px=(0, 0, 32, 32) if crops else None,
                )
            )
    packed = np.packbits(np.stack(masks).reshape(len(masks), -1), axis=1)
    return InputCache(
        np.stack(inputs), tuple(rows), {"id": "drawn"}, "drawn", LesionMasks(packed, np.arange(len(masks)))
    )


def tiny(name: str, *changes: str, trunk: bool = True) -> System:
    """A bundled system made small: any size of input, two epochs, small batches, and (unless `trunk` is False) a
    network of a few filters."""
    small = ["model.kind=small-resnet", "model.filters=[8]", "model.units=0"] if trunk else []
    common = ["input.rows=0", "input.columns=0", "stopping.epochs=2", "run.batch=6", "run.limit=12"]
    system = load_system(name, [*common, *small, "optimiser.mixed_precision=false", *changes])
    return replace(system, patches=replace(system.patches, epochs=min(1, system.patches.epochs), size=32, batch=6))
