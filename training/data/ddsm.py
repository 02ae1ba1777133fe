"""Owns the reading of the DDSM film table with one lesion box an image. No pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.data.notes import Notes
from training.data.table import ImageRow, Lesion, read_table
from training.data.words import label_of, number_of, side_of

_NEEDED = {
    "file",
    "patient_id",
    "laterality",
    "view",
    "cancer",
    "lesion_x0_px",
    "lesion_y0_px",
    "lesion_x1_px",
    "lesion_y1_px",
}


@dataclass(frozen=True, slots=True)
class LesionRow:
    """An image and its lesion's box in stored pixels (row0, column0, row1, column1)."""

    row: ImageRow
    box_px: tuple[float, float, float, float]


def read_ddsm(folder: Path) -> tuple[LesionRow, ...]:
    """The images of `folder`/manifest.csv that carry a lesion box.

    Raises InputRefusedError where the table is absent or lacks a column.
    """
    rows = read_ddsm_films(folder)
    return tuple(LesionRow(row, box) for row in rows for lesion in row.lesions if (box := lesion.box_px) is not None)


def read_ddsm_films(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """All images of `folder`/manifest.csv, with or without a lesion box; the diagnosis is the case's. A wrong
    line is named and left out.

    Raises InputRefusedError where the table is absent or lacks a column.
    """
    notes = notes or Notes()
    found = []
    for number, record in read_table(folder / "manifest.csv", _NEEDED):
        try:
            found.append(_row(record, folder))
        except ValueError as error:
            notes.leave_out(f"manifest.csv line {number}", f"a wrong cell: {error}")
    rows = tuple(found)
    without = sum(not row.lesions for row in rows)
    if without:
        notes.remark(f"{without} images have no lesion box: where their lesion lies is not told")
    return rows


def _row(record: Mapping[str, str], folder: Path) -> ImageRow:
    """Raises ValueError where a cell is wrong."""
    if not record["patient_id"]:
        raise ValueError("no woman is named")
    label = label_of(record["cancer"])
    diagnosis = "malignant" if label else "benign"
    box = _box(record)
    return ImageRow(
        file=folder / record["file"],
        patient_id=f"ddsm/{record['patient_id']}",
        laterality=side_of(record["laterality"]),
        view=record["view"].upper(),
        label=label,
        source="ddsm",
        diagnosis=diagnosis,
        modality="film",
        lesions=(Lesion(pathology=diagnosis, box_px=box),) if box else (),
    )


def _box(record: Mapping[str, str]) -> tuple[float, float, float, float] | None:
    told = [number_of(record[f"lesion_{edge}_px"]) for edge in ("y0", "x0", "y1", "x1")]
    edges = [edge for edge in told if edge is not None]
    if not edges:
        return None
    if len(edges) < 4 or edges[0] >= edges[2] or edges[1] >= edges[3]:
        raise ValueError("the lesion's box is not whole")
    return (edges[0], edges[1], edges[2], edges[3])
