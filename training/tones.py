"""Owns the random changes of the greys of pictures, as Keras operations on the device. Keras 3 only.

They make film and digital pictures alike: gamma is the film's curve or the vendor's, sharpness its grain and
processing, noise its dose. Air (0) stays 0, and tissue stays tissue.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from training.config import AugmentationConfig

TISSUE_FLOOR = 0.02
"""The least grey of what is not air, after its greys were changed."""

FINE_PX, MIDDLE_PX = 3, 5
"""Sides of the means by which fine structure is told from coarser."""

BLOCK_PX, BLOCK_STRIDE_PX = 32, 16
"""Side and stride of the blocks whose means are the coarse structure."""

_FINE_CHANCE, _MIDDLE_CHANCE = 0.7, 0.5
_FINE_REACH, _MIDDLE_REACH = (-0.8, 1.5), (-0.3, 1.5)


def changes_greys(config: AugmentationConfig) -> bool:
    """Whether `config` asks for anything that `toned` does."""
    return bool(config.brightness or config.contrast or config.gamma or config.sharpness or config.noise)


def toned(pixels: Any, config: AugmentationConfig, generator: Any) -> Any:
    """`pixels` float32 (n, rows, columns, 1) in 0..1 with other greys, each picture its own.

    In this order: gamma (the greys to the power exp(u), u uniform within `gamma`), contrast about the mean of what is
    not air, brightness, sharpness (see `sharpened`), noise (normal, its SD uniform in 0 to `noise`).
    """
    inside = ops.cast(pixels > 0, "float32")
    if config.gamma:
        power = ops.exp(_uniform(pixels, -config.gamma, config.gamma, generator))
        pixels = ops.power(ops.maximum(pixels, 1e-6), power) * inside
    if config.brightness or config.contrast:
        size = ops.maximum(ops.sum(inside, axis=(1, 2, 3), keepdims=True), 1.0)
        mean = ops.sum(pixels, axis=(1, 2, 3), keepdims=True) / size
        gain = 1 + _uniform(pixels, -config.contrast, config.contrast, generator)
        lift = _uniform(pixels, -config.brightness, config.brightness, generator)
        pixels = ((pixels - mean) * gain + mean + lift) * inside
    if config.sharpness:
        pixels = sharpened(
            pixels,
            _now_and_then(pixels, _FINE_REACH, _FINE_CHANCE, generator) * config.sharpness,
            _now_and_then(pixels, _MIDDLE_REACH, _MIDDLE_CHANCE, generator) * config.sharpness,
        )
    if config.noise:
        spread = _uniform(pixels, 0.0, config.noise, generator)
        pixels = pixels + spread * keras.random.normal(ops.shape(pixels), dtype="float32", seed=generator)
    return ops.clip(pixels, TISSUE_FLOOR, 1.0) * inside


def sharpened(pixels: Any, fine: Any, middle: Any) -> Any:
    """`pixels` plus `fine` (n, 1, 1, 1) times what a mean of 3 x 3 pixels takes away, and plus `middle` times what lies
    between a mean of 5 x 5 and the coarse structure; below 0 they blur and flatten. Each mean is taken twice."""
    found = pixels + fine * (pixels - twice_averaged(pixels, FINE_PX))
    return found + middle * (twice_averaged(found, MIDDLE_PX) - coarse(found))


def twice_averaged(pixels: Any, side: int) -> Any:
    """Means over `side` x `side` pixels of such means; at the edge over those pixels that there are."""
    reach = side // 2
    for axis in (1, 2, 1, 2):
        size = int(pixels.shape[axis])
        pad = [[0, 0] for _ in range(4)]
        pad[axis] = [reach, reach]
        padded = ops.pad(pixels, pad)
        total = sum(_part(padded, axis, start, size) for start in range(side))
        there = np.convolve(np.ones(size), np.ones(side))[reach : reach + size].astype(np.float32)
        pixels = total / ops.convert_to_tensor(there.reshape([size if place == axis else 1 for place in range(4)]))
    return pixels


def coarse(pixels: Any) -> Any:
    """Means over blocks of 32 x 32 pixels, 16 apart, drawn up bilinearly to the size of `pixels`."""
    size = (int(pixels.shape[1]), int(pixels.shape[2]))
    means = ops.average_pool(pixels, BLOCK_PX, BLOCK_STRIDE_PX, padding="same", data_format="channels_last")
    return ops.image.resize(means, size, interpolation="bilinear", data_format="channels_last")


def _part(padded: Any, axis: int, start: int, size: int) -> Any:
    return padded[:, start : start + size] if axis == 1 else padded[:, :, start : start + size]


def _uniform(pixels: Any, low: float, high: float, generator: Any) -> Any:
    """A number for each picture, (n, 1, 1, 1)."""
    return keras.random.uniform((ops.shape(pixels)[0], 1, 1, 1), low, high, dtype="float32", seed=generator)


def _now_and_then(pixels: Any, reach: tuple[float, float], chance: float, generator: Any) -> Any:
    """A number within `reach` for each picture with `chance`, else 0: (n, 1, 1, 1)."""
    drawn = _uniform(pixels, 0.0, 1.0, generator) < chance
    return _uniform(pixels, *reach, generator) * ops.cast(drawn, "float32")
