"""Owns the local weights that a network starts from. Never downloads; a file that does not fit is one clear error."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import InputRefusedError, UsageError
from training.config import System
from training.models.network import build_network
from training.systems import system_of

_HEAD = ("logits", "units", "density", "age", "recall", "mask", "attention")
"""How the names of the layers begin that are no part of a trunk."""

_DRAWN = "mask"
"""How the names of the layers of the mask head begin; of a network that was fitted to draw lesions they come along."""

IMAGENET_MEAN, IMAGENET_SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What Keras' EfficientNetV2 B0 to B3 were trained with; S with 128 / 255 for both."""


def start_weights(network: Any, system: System) -> None:
    """Give `network` the weights that `system.start` names. Raises InputRefusedError."""
    start = system.start
    if start.kind == "weights":
        load_weights(network, Path(start.file))
    elif start.kind == "trunk":
        load_trunk(network, Path(start.file))
    elif start.kind == "imagenet":
        load_imagenet(network, Path(start.file), system.model.family)


def load_weights(model: Any, path: Path) -> None:
    """All weights of this very network from a Keras weights file. Raises InputRefusedError."""
    if not path.is_file():
        raise InputRefusedError(f"{path}: no such weights file", "weights are never downloaded; give a local file")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Skipping nested container")  # else random weights would stay
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputRefusedError(f"{path}: does not fit this network: {first}") from error


def load_trunk(model: Any, path: Path) -> int:
    """The trunk's weights from the run that wrote `path`, whatever head it had; the number of layers that took some.

    Raises InputRefusedError where no config.json lies beside `path` or where the trunks differ.
    """
    if not path.is_file():
        raise InputRefusedError(f"{path}: no such weights file", "weights are never downloaded; give a local file")
    try:
        record = json.loads((path.parent / "config.json").read_text(encoding="utf-8"))
        donor_system = system_of({**record["system"], "start": {}}, str(path.parent / "config.json"))
        rows, columns = int(record["rows"]), int(record["columns"])
    except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
        raise InputRefusedError(
            f"{path}: has no config.json of a run beside it", "take start.kind = 'weights' for a file on its own"
        ) from error
    donor = build_network(donor_system, rows, columns)
    load_weights(donor, path)
    if donor_system.heads.mask:
        _copy_mask_head(donor, model)
    return copy_layers(donor, model, path)


def _copy_mask_head(donor: Any, model: Any) -> None:
    """Copy the weights of the layers of the mask head that have the same names and shapes in both."""
    given = {layer.name: layer for layer in donor.layers if layer.weights and layer.name.startswith(_DRAWN)}
    for layer in model.layers:
        source = given.get(layer.name)
        if source is not None and [w.shape for w in source.weights] == [w.shape for w in layer.weights]:
            layer.set_weights(source.get_weights())


def copy_layers(donor: Any, model: Any, path: Path) -> int:
    """Copy the weights of all trunk layers by name; how many. Raises InputRefusedError where one does not match."""
    given = {layer.name: layer for layer in donor.layers if layer.weights}
    taken = 0
    for layer in model.layers:
        if not layer.weights or layer.name.startswith(_HEAD):
            continue
        source = given.get(layer.name)
        if source is None or [w.shape for w in source.weights] != [w.shape for w in layer.weights]:
            raise InputRefusedError(f"{path}: is of another trunk: {layer.name} differs", "give a run of this trunk")
        layer.set_weights(source.get_weights())
        taken += 1
    return taken


def load_imagenet(model: Any, path: Path, family: str) -> int:
    """Keras' EfficientNetV2 weights without top for three channels into this trunk of one channel.

    The first convolution is summed over the channels, so that grey pixels g in 0..1 answer as the picture (g, g, g):
    with mean m and SD s of a channel and our own scaling 4 g - 2, its kernel becomes the sum of W / (4 s), and the mean
    of the batch norm behind it moves by the sum of W (m - 1/2) / s. At the border, where zeros are padded, the two
    differ. Raises InputRefusedError where the file is absent or is not this one.
    """
    if not path.is_file():
        raise InputRefusedError(f"{path}: no such weights file", "nothing is downloaded; put Keras' no-top file there")
    builder = getattr(keras.applications, f"EfficientNetV2{family}")
    donor = builder(include_top=False, weights=None, include_preprocessing=False, input_shape=(64, 64, 3))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Skipping nested container")
            donor.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning, IndexError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputRefusedError(
            f"{path}: is not Keras' no-top file of EfficientNetV2-{family} for three channels: {first}"
        ) from error
    stem, norm = donor.get_layer("stem_conv"), donor.get_layer("stem_bn")
    kernel, shift = summed_stem(np.asarray(stem.get_weights()[0]), family)
    gamma, beta, mean, variance = norm.get_weights()
    norm.set_weights([gamma, beta, mean + shift, variance])
    model.get_layer("stem_conv").set_weights([kernel])
    taken = 1
    for layer in model.layers:
        if layer.weights and layer.name != "stem_conv" and not layer.name.startswith(_HEAD):
            layer.set_weights(donor.get_layer(layer.name).get_weights())
            taken += 1
    return taken


def summed_stem(kernel: NDArray[np.float32], family: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(kernel for one channel (3, 3, 1, filters), shift of its output (filters,)) from (3, 3, 3, filters)."""
    plain = family == "S"
    mean = np.full(3, 128 / 255, np.float32) if plain else np.array(IMAGENET_MEAN, np.float32)
    sd = np.full(3, 128 / 255, np.float32) if plain else np.array(IMAGENET_SD, np.float32)
    scaled = kernel / sd[None, None, :, None]
    one = scaled.sum(axis=2, keepdims=True) / 4
    shift = (scaled * (mean - 0.5)[None, None, :, None]).sum(axis=(0, 1, 2))
    return np.asarray(one, np.float32), np.asarray(shift, np.float32)
