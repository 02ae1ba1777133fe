"""Owns the list of what was made: one row for each image, as CSV and as JSON. Never opens an image."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from training.synthesis.files import write_text

MANIFESTS = ("manifest.csv", "manifest.json")
SCHEMA = "mammoview.synthesis/1"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One image and the truth about it; paths are relative to the manifest, None is an empty cell."""

    file: str
    patient_id: str
    study_uid: str
    sop_uid: str
    occasion: str
    laterality: str
    view: str
    age_years: int
    density: str
    dense_fraction: float
    label: str
    """Of this image: none, benign or cancer."""
    lesion: str
    mask: str | None
    lesion_row_px: float | None
    lesion_col_px: float | None
    lesion_depth_mm: float | None
    nipple_row_px: float
    nipple_col_px: float
    thickness_mm: float
    rows: int
    columns: int
    spacing_mm: float
    seed: int
    index: int


def write_manifest(rows: Iterable[Row], parameters: Mapping[str, object], folder: Path) -> None:
    """Write manifest.csv and manifest.json; the JSON also holds the parameters that reproduce the images."""
    listed = [asdict(row) for row in rows]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    write_text(folder / "manifest.csv", text.getvalue())
    document = {"schema": SCHEMA, "parameters": dict(parameters), "images": listed}
    write_text(folder / "manifest.json", json.dumps(document, indent=1) + "\n")
