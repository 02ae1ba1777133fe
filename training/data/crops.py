"""Owns the rule by which a lesion becomes a crop: one row for each lesion. Reads masks where no box is told.

The crop is a square around the middle of the lesion's box, `MARGIN` times as long as the box's longer side and at least
`SMALLEST_PX`; it may reach beyond the image, where the input is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mammoview.core.errors import InputRefusedError, MammoviewError
from training.data.notes import Notes
from training.data.table import ImageRow, Lesion

MARGIN = 1.5
SMALLEST_PX = 32.0


def lesion_rows(rows: Sequence[ImageRow], notes: Notes) -> tuple[ImageRow, ...]:
    """A row for each lesion, with its crop, its own pathology as diagnosis and label, and itself as only lesion; where
    the pathology is not told, those of the image. Rows that are crops already stay. Images without a lesion are counted
    in `notes` and left out, and so are lesions whose mask cannot be read.
    """
    found: list[ImageRow] = []
    for row in rows:
        if row.crop_px is not None:
            found.append(row)
        elif not row.lesions:
            notes.leave_out(row.file, "no lesion to crop")
        for lesion in row.lesions if row.crop_px is None else ():
            try:
                box = lesion_box(lesion)
            except MammoviewError as error:
                notes.leave_out(row.file, f"a mask that cannot be read: {error.cause}")
                continue
            diagnosis = lesion.pathology or row.diagnosis
            label = int(lesion.pathology == "malignant") if lesion.pathology else row.label
            found.append(replace(row, lesions=(lesion,), crop_px=square(box), diagnosis=diagnosis, label=label))
    return tuple(found)


def square(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The crop around a lesion's box, both (row0, column0, row1, column1) in stored pixels."""
    half = max(MARGIN * max(box[2] - box[0], box[3] - box[1]), SMALLEST_PX) / 2
    row, column = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return (row - half, column - half, row + half, column + half)


def lesion_box(lesion: Lesion) -> tuple[float, float, float, float]:
    """A lesion's extent in stored pixels; of a mask that comes without box, that of the mask file.

    Raises InputRefusedError where the mask cannot be read or is empty.
    """
    from mammoview.dicom.reader import read_file

    if lesion.box_px is not None:
        return lesion.box_px
    if lesion.circle_px is not None:
        row, column, radius = lesion.circle_px
        return (row - radius, column - radius, row + radius, column + radius)
    if lesion.mask is None:
        raise InputRefusedError("a lesion without a place")
    pixels = read_file(lesion.mask).stored
    inside = pixels >= max(float(pixels.max()) / 2, 1)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        raise InputRefusedError("an empty mask")
    return (float(rows[0]), float(columns[0]), float(rows[-1] + 1), float(columns[-1] + 1))
