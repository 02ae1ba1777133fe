"""Owns lesion patches: the squares with and without a lesion that are cut from whole inputs. Plain NumPy.

They are cut at the scale at which whole images are fitted later, so that what a lesion looks like stays the same (patch
-> whole image, Shen et al. 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.config import System
from training.data.table import ImageRow
from training.fitting.batches import Batch
from training.metrics import auroc


@dataclass(frozen=True, slots=True, eq=False)
class LesionImages:
    """`inputs`: uint8 (n, rows, columns); `masks`: uint8 of the same shape, 1 in the lesion, each with some."""

    inputs: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    rows: tuple[ImageRow, ...]


def cut_patch(pixels: NDArray[np.uint8], row: float, column: float, size: int) -> NDArray[np.uint8]:
    """The square of `size` around a position, black beyond the image."""
    top, left = round(row - size / 2), round(column - size / 2)
    patch = np.zeros((size, size), np.uint8)
    rows = slice(max(0, top), min(pixels.shape[0], top + size))
    columns = slice(max(0, left), min(pixels.shape[1], left + size))
    if rows.start < rows.stop and columns.start < columns.stop:
        patch[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = pixels[rows, columns]
    return patch


def draw_patch(
    images: LesionImages, index: int, positive: bool, size: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A patch with a lesion near its middle, or one of the same breast that touches none; black where there is none.

    The middle is that of what lies within half a patch of some pixel of a lesion, moved by up to a fifth of a patch.
    """
    pixels, mask = images.inputs[index], images.masks[index]
    if positive:
        rows, columns = np.nonzero(mask)
        some = rng.integers(rows.size)
        near = (abs(rows - rows[some]) <= size / 2) & (abs(columns - columns[some]) <= size / 2)
        down, across = rng.uniform(-0.2, 0.2, 2) * size
        return cut_patch(pixels, float(rows[near].mean()) + down, float(columns[near].mean()) + across, size)
    for _ in range(40):
        row, column = rng.uniform(0, pixels.shape[0]), rng.uniform(0, pixels.shape[1])
        patch = cut_patch(pixels, row, column, size)
        if np.mean(patch > 0) > 0.6 and not cut_patch(mask, row, column, size).any():
            return patch
    return np.zeros((size, size), np.uint8)


class PatchSource:
    """Batches of patches of the images at `chosen`, one with and one without the lesion of each."""

    def __init__(self, images: LesionImages, chosen: Sequence[int], system: System, size: int) -> None:
        self.images, self.chosen, self.system, self.size = images, np.array(chosen, np.int64), system, size

    def order(self, epoch: int) -> list[NDArray[np.int64]]:
        half = min(self.system.run.batch // 2, len(self.chosen))
        rng = np.random.default_rng((self.system.run.seed, epoch))
        drawn = rng.permutation(self.chosen)
        return [drawn[start : start + half] for start in range(0, len(drawn) - half + 1, half)]

    def batch(self, chosen: NDArray[np.int64], epoch: int, step: int) -> Batch:
        rng = np.random.default_rng((self.system.run.seed, epoch, step, 1))
        labels = rng.permutation(np.repeat(np.array([0, 1]), len(chosen)))
        drawn = [
            draw_patch(self.images, int(index), bool(label), self.size, rng)
            for index, label in zip(np.tile(chosen, 2), labels, strict=True)
        ]
        return {
            "pixels": np.stack(drawn),
            "targets": np.eye(2, dtype=np.float32)[labels],
            "weights": np.ones(len(labels), np.float32),
        }


class PatchJudge:
    """AUROC of a network on patches of the images at `held`, one with and one without the lesion of each; NaN where
    `held` is empty."""

    def __init__(self, network: Any, images: LesionImages, held: Sequence[int], system: System, size: int) -> None:
        rng = np.random.default_rng(system.run.seed)
        self.network = network
        self.patches = [draw_patch(images, i, positive, size, rng) for i in held for positive in (False, True)]
        self.truth = np.tile(np.array([0, 1], np.int64), len(held))

    def __call__(self) -> float:
        from training.fitting.prediction import predict

        return auroc(self.truth, predict(self.network, np.stack(self.patches))) if self.patches else float("nan")
