"""Owns the reading of the DDSM film table with one lesion box an image. No pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.data.notes import Notes
from training.data.table import ImageRow, Lesion, read_manifest

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
    """All images of `folder`/manifest.csv, with or without a lesion box; the diagnosis is the case's.

    Raises InputRefusedError where the table is absent or lacks a column.
    """
    rows = tuple(_row(record, folder) for record in read_manifest(folder, _NEEDED))
    without = sum(not row.lesions for row in rows)
    if notes is not None and without:
        notes.remark(f"{without} images have no lesion box: where their lesion lies is not told")
    return rows


def _row(record: Mapping[str, str], folder: Path) -> ImageRow:
    label = int(record["cancer"])
    diagnosis = "malignant" if label else "benign"
    box = _box(record)
    return ImageRow(
        file=folder / record["file"],
        patient_id=f"ddsm/{record['patient_id']}",
        laterality=record["laterality"],
        view=record["view"],
        label=label,
        source="ddsm",
        diagnosis=diagnosis,
        modality="film",
        lesions=(Lesion(pathology=diagnosis, box_px=box),) if box else (),
    )


def _box(record: Mapping[str, str]) -> tuple[float, float, float, float] | None:
    if not record["lesion_x0_px"]:
        return None
    return (
        float(record["lesion_y0_px"]),
        float(record["lesion_x0_px"]),
        float(record["lesion_y1_px"]),
        float(record["lesion_x1_px"]),
    )
