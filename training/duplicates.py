"""Owns the search for pictures that are in a set more than once, by the inputs made of them. Never reads files.

One picture saved twice, as PNG and as DICOM or under two names, gives the same input to the last bit. One that was
compressed or scaled again gives nearly the same; such are named, but not judged. In RSNA 2022, DDSM and mini-MIAS
pictures of two women come no nearer than 0.992 by the measure used here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.table import ImageRow

LIKE = 0.995
"""Pictures whose correlation over a coarse grid is higher look like one."""

_GRID = (24, 16)
_BLOCK = 1024
_FIRST = {"test": 0, "": 1, "train": 2}
"""Which of two equal pictures stays: that of the set's own test part, so that it stays whole."""


def repeated(rows: Sequence[ImageRow], inputs: NDArray[np.uint8], numbers: Sequence[int]) -> dict[int, str]:
    """The rows to be left out, and why: all but one of those whose inputs are equal, or all where they have different
    labels, as nobody can say which holds. A woman's picture that is in both of the set's own parts stays in both: the
    split sees to that.

    `inputs`: uint8 (n, rows, columns), of which only `numbers` are looked at.
    """
    groups: dict[bytes, list[int]] = {}
    for number in numbers:
        groups.setdefault(hashlib.sha256(inputs[number].tobytes()).digest(), []).append(number)
    found: dict[int, str] = {}
    for group in (group for group in groups.values() if len(group) > 1):
        group.sort(key=lambda number: (_FIRST[rows[number].part], number))
        stays: list[int] = []
        for number in group:
            row = rows[number]
            before = next((n for n in group if rows[n].label != row.label and rows[n].part == row.part), None)
            if before is not None:
                found[number] = f"the same picture as {rows[before].file}, which has another label"
                continue
            before = next((n for n in stays if not _is_of_both_parts(rows[n], row)), None)
            if before is None:
                stays.append(number)
                continue
            of = "" if rows[before].patient_id == row.patient_id else ", under another woman"
            found[number] = f"the same picture as {rows[before].file}{of}"
    return found


def _is_of_both_parts(first: ImageRow, second: ImageRow) -> bool:
    return first.patient_id == second.patient_id and first.part != second.part


def alike(
    rows: Sequence[ImageRow], inputs: NDArray[np.uint8], numbers: Sequence[int]
) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows of different women whose pictures look like one: (number, number, correlation)."""
    if not numbers:
        return
    women: dict[str, int] = {}
    woman = np.array([women.setdefault(rows[number].patient_id, len(women)) for number in numbers], np.int64)
    coarse = np.array([_coarse(inputs[number]) for number in numbers], np.float32).reshape(len(numbers), -1)
    for start in range(0, len(numbers), _BLOCK):
        block = slice(start, start + _BLOCK)
        near = coarse[block] @ coarse[start:].T
        near[woman[block, None] == woman[None, start:]] = 0
        for first, second in np.argwhere(np.triu(near, 1) > LIKE).tolist():
            yield numbers[start + first], numbers[start + second], float(near[first, second])


def _coarse(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The means of a picture's fields, without their mean and of length 1: float32 (fields,)."""
    rows, columns = (min(field, size) for field, size in zip(_GRID, picture.shape, strict=True))
    high, wide = picture.shape[0] // rows, picture.shape[1] // columns
    fields = picture[: rows * high, : columns * wide].reshape(rows, high, columns, wide)
    means = fields.mean(axis=(1, 3), dtype=np.float32).ravel()
    means -= means.mean()
    return np.asarray(means / max(float(np.linalg.norm(means)), 1e-9), np.float32)
