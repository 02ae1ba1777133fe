"""Owns what a fitted network says of the images of a cache. Keras 3 only; test women are read by `evaluate` alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UsageError
from training.cache import InputCache
from training.config import System
from training.fitting.batches import Groups, groups_of, stacked_views
from training.fitting.records import read_config
from training.predictions import Example, Predictions
from training.split import LeakError, is_of

_PIXELS_OF_A_BATCH = 64 * 416 * 256


def logit_difference(outputs: Any) -> NDArray[np.float64]:
    """Logit of the suspicious class, the last one, against all others together, (n,), from a model's outputs, of which
    the logits are the last."""
    logits = np.asarray(outputs[-1], np.float64)
    others = logits[:, :-1]
    top = others.max(axis=1)
    return np.asarray(logits[:, -1] - top - np.log(np.exp(others - top[:, None]).sum(axis=1)))


def predict(model: Any, inputs: NDArray[np.uint8], *, batch: int = 64) -> NDArray[np.float64]:
    """Logit differences (n,) of cached uint8 inputs (n, rows, columns). Raises UsageError where one is no number."""
    parts = []
    for start in range(0, len(inputs), batch):
        pixels = inputs[start : start + batch, :, :, None].astype(np.float32) / 255
        logits = _numbers(model.predict_on_batch(pixels)[-1])
        parts.append(logit_difference([logits]))
    return np.concatenate(parts)


def _numbers(logits: Any) -> NDArray[np.float64]:
    """The logits in float64; a figure of what is no number would be chance, and look like any other."""
    found = np.asarray(logits, np.float64)
    if not np.isfinite(found).all():
        raise UsageError("what the network says is no number any more", "fit with a lower optimiser.rate")
    return found


def predict_groups(network: Any, cache: InputCache, groups: Groups, system: System) -> Predictions:
    """What `network` says of examples. All views of each are looked at, however many; the network of several views must
    be built for the most that any example has. Raises UsageError where the network says something that is no number."""
    several = system.model.unit != "image"
    views = int(network.inputs[0].shape[1]) if several else 1
    size = max(1, min(64, _PIXELS_OF_A_BATCH // (views * cache.inputs.shape[1] * cache.inputs.shape[2])))
    parts = []
    for start in range(0, len(groups), size):
        chosen = groups[start : start + size]
        padded = [*chosen, *[chosen[0]] * (min(size, len(groups)) - len(chosen))]  # one shape, so one graph
        if several:
            pixels, present = stacked_views(cache, padded, views)
            given: Any = [pixels[..., None].astype(np.float32) / 255, present]
        else:
            given = np.asarray(cache.inputs[[group[0] for group in padded]])[..., None].astype(np.float32) / 255
        parts.append(_numbers(network.predict_on_batch(given)[-1])[: len(chosen)])
    examples = tuple(Example(tuple(cache.rows[index] for index in group)) for group in groups)
    logits = np.concatenate(parts) if parts else np.zeros((0, system.model.classes))
    return Predictions(system.model.unit, examples, logits, system.classes, len(system.classes) - 1)


def most_views(groups: Groups) -> int:
    """The most images that any example has."""
    return max((len(group) for group in groups), default=1)


def load_network(run_folder: Path, rows: int, columns: int, *, views: int | None = None) -> Any:
    """The network of a run with the weights of its best epoch, in float32, for inputs of `rows` x `columns`.

    The first output is the features, the last the logits. Raises InputRefusedError where the folder holds no run.
    """
    import keras

    from training.models.network import build_network
    from training.models.weights import load_weights

    keras.mixed_precision.set_global_policy("float32")
    network = build_network(read_config(run_folder), rows, columns, views=views)
    load_weights(network, run_folder / "best.weights.h5")
    network.jit_compile = keras.backend.backend() != "tensorflow"  # XLA crawls on the CPU
    return network


def predict_run(run_folder: Path, cache: InputCache, indices: Sequence[int]) -> Predictions:
    """What a run's network says of the images at `indices` of the cache, by the unit that it was fitted on: images,
    breasts or women, each with all of its images among `indices`. Raises InputRefusedError, and LeakError where an
    image is of a set that the run was only trained on."""
    system = read_config(run_folder)
    seen = [index for index in indices if is_of(cache.rows[index], system.auxiliary.sources)]
    if seen:
        raise LeakError(
            f"{len(seen)} images, as {cache.rows[seen[0]].file.name}, are of sets that the run was only trained on",
            "judge it on other women",
        )
    groups = groups_of(cache.rows, list(indices), system.model.unit)
    rows, columns = int(cache.inputs.shape[1]), int(cache.inputs.shape[2])
    network = load_network(run_folder, rows, columns, views=max(system.model.views, most_views(groups)))
    return predict_groups(network, cache, groups, system)


def validation_figure(predictions: Predictions, figure: str) -> float:
    """The AUROC that `figure` ("auroc-image", "auroc-breast", "auroc-woman") names: a breast's score is the mean of its
    images' probabilities, a woman's the highest of her breasts'. NaN where one class is absent."""
    from training.calibration import Calibration
    from training.evaluation.levels import levels_of
    from training.metrics import auroc

    unit = figure.removeprefix("auroc-")
    level = next(level for level in levels_of(predictions, Calibration()) if level.unit == unit)
    return auroc(level.labels(), level.ranks)
