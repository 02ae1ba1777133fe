"""Owns the reading of the DDSM film table with one lesion box an image. No pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.data.table import ImageRow, read_manifest

_NEEDED = {
    "file",
    "patient_id",
    "laterality",
    "view",
    "cancer",
    "lesion_x0_px",
    "lesion_y0_px",
    "lesion_x1_px",
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
    records = [record for record in read_manifest(folder, _NEEDED) if record["lesion_x0_px"]]
    return tuple(
        LesionRow(
            ImageRow(
                file=folder / record["file"],
                patient_id=f"ddsm/{record['patient_id']}",
                laterality=record["laterality"],
                view=record["view"],
                label=int(record["cancer"]),
                source="ddsm",
            ),
            (
                float(record["lesion_y0_px"]),
                float(record["lesion_x0_px"]),
                float(record["lesion_y1_px"]),
                float(record["lesion_x1_px"]),
            ),
        )
        for record in records
    )
