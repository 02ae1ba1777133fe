"""A cache of synthetic inputs and a run fitted on it, small enough for a test."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mammoview.inference.preprocess import PreprocessParams
from training.cache import InputCache
from training.data.table import ImageRow

PARAMS = PreprocessParams(rows=64, columns=64)


def make_cache(*, women: int = 80, seed: int = 0) -> InputCache:
    """Inputs uint8 (2 x women, 64, 64): both views of one breast; every second woman has a bright spot and cancer."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[0:64, 0:64]
    inputs, rows = [], []
    for woman in range(women):
        label = woman % 2
        spot = 120 * np.exp(-0.5 * (np.hypot(down - rng.integers(15, 50), across - rng.integers(10, 40)) / 4) ** 2)
        for view in ("CC", "MLO"):
            pixels = 70 + 15 * rng.standard_normal((64, 64)) + label * spot
            inputs.append(np.clip(np.where(np.hypot(down - 32, across) < 50, pixels, 0), 0, 255).astype(np.uint8))
            rows.append(
                ImageRow(
                    file=Path(f"{woman}_{view}.png"),
                    patient_id=f"made/{woman}",
                    laterality="LR"[woman // 2 % 2],
                    view=view,
                    label=label,
                    source="made",
                    age=50.0 + woman % 7 if woman % 5 else None,
                    density="AB"[woman % 3 == 0],
                    machine=str(woman % 3),
                )
            )
    return InputCache(np.stack(inputs), tuple(rows), PARAMS.to_json(), PARAMS.hash)


@contextmanager
def without_graphs() -> Iterator[None]:
    """Run TensorFlow eagerly: for a few small steps, building the graph of an EfficientNetV2 is what costs time."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Even though the `tf.config.experimental_run_functions_eagerly`")
            yield
    finally:
        tf.config.run_functions_eagerly(False)
