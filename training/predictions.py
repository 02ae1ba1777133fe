"""Owns what a model said of examples as a value, where models and their judgement meet. Never runs a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.table import ImageRow

UNITS = ("image", "breast", "woman")
"""What one example is."""


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a unit: the images it is made of, and their label (1 = suspicious; of several the highest)."""

    rows: tuple[ImageRow, ...]

    @property
    def patient_id(self) -> str:
        return self.rows[0].patient_id

    @property
    def label(self) -> int:
        return max(row.label for row in self.rows)

    @property
    def diagnosis(self) -> str:
        """The worst of the images' diagnoses; empty where none is told."""
        told = {row.diagnosis for row in self.rows}
        return next((worst for worst in ("malignant", "benign", "normal") if worst in told), "")


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """`logits`: float64 (n, classes), before any calibration; `examples[i]` has `logits[i]`; `classes` names the
    columns, and `suspicious` is the index of the class that counts as positive.
    """

    unit: str
    examples: tuple[Example, ...]
    logits: NDArray[np.float64]
    classes: tuple[str, ...]
    suspicious: int

    def labels(self) -> NDArray[np.int64]:
        """1 for examples that are suspicious, else 0: int64 (n,)."""
        return np.array([example.label for example in self.examples], np.int64)

    def differences(self) -> NDArray[np.float64]:
        """Logit of the suspicious class against all others together: float64 (n,)."""
        others = np.delete(self.logits, self.suspicious, axis=1)
        top = others.max(axis=1)
        return np.asarray(
            self.logits[:, self.suspicious] - top - np.log(np.exp(others - top[:, None]).sum(axis=1)), np.float64
        )


def examples_of(rows: Sequence[ImageRow], unit: str) -> tuple[tuple[int, ...], ...]:
    """The positions in `rows` that make up each example of `unit`, in the order of their first images."""
    if unit == "image":
        return tuple((index,) for index in range(len(rows)))
    groups: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(row.breast_id if unit == "breast" else row.patient_id, []).append(index)
    return tuple(tuple(group) for group in groups.values())


def image_key(row: ImageRow, depth: int) -> tuple[str, ...]:
    """What makes an image the same one in two tables whose files may lie in different folders: the woman, side, view
    and part of the image, and the last `depth` names of its path."""
    return (row.patient_id, row.laterality, row.view, str(row.crop_px), *row.file.parts[-depth:])


def key_depth(rows: Sequence[ImageRow]) -> int:
    """How many names of their paths tell the images of a table apart: sets in which every file has the same name in a
    folder of its own (CBIS-DDSM) need more than one."""
    deepest = max((len(row.file.parts) for row in rows), default=1)
    return max(range(1, deepest + 1), key=lambda depth: (len({image_key(row, depth) for row in rows}), -depth))
