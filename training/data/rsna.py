"""Owns the reading of the RSNA 2022 screening set's table (Kaggle "rsna-breast-cancer-detection"). No pixels."""

from __future__ import annotations

from pathlib import Path

from training.data.table import ImageRow, read_manifest

_NEEDED = {"file", "patient_id", "laterality", "view", "cancer"}


def read_rsna(folder: Path) -> tuple[ImageRow, ...]:
    """The rows of `folder`/manifest.csv (columns file, patient_id, laterality, view, cancer, age, density, machine_id).

    The label is "biopsy-proven cancer in this breast", not benign against malignant. Implants are left out, as the
    gate of the application refuses them. Raises InputRefusedError where the table is absent or lacks a column.
    """
    records = read_manifest(folder, _NEEDED)
    return tuple(
        ImageRow(
            file=folder / record["file"],
            patient_id=f"rsna/{record['patient_id']}",
            laterality=record["laterality"],
            view=record["view"],
            label=int(record["cancer"]),
            source="rsna",
            age=float(record["age"]) if record.get("age") else None,
            density=record.get("density", ""),
            machine=record.get("machine_id", ""),
        )
        for record in records
        if record.get("implant", "0") != "1"
    )
