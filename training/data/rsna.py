"""Owns the reading of the RSNA 2022 screening set (Kaggle "rsna-breast-cancer-detection"): as published, as PNG, and as
a subset with a manifest. No pixels.

The label is "biopsy-proven cancer in this breast", not benign against malignant: the diagnosis of the others is not
told. Implants are left out, as the gate of the application refuses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from training.data.notes import Notes
from training.data.places import shown_files
from training.data.table import ImageRow, read_manifest, read_table
from training.data.words import age_of, birads_of, density_of, id_of, label_of, side_of

_NEEDED = {"file", "patient_id", "laterality", "view", "cancer"}
_PUBLISHED = {"patient_id", "image_id", "laterality", "view", "cancer"}
_EXTENSIONS = (".dcm", ".dicom", ".png", ".jpg", ".jpeg")
"""In the order in which one is chosen where an image is there several times."""


def read_rsna(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The rows of `folder`/manifest.csv (columns file, patient_id, laterality, view, cancer, and where they are there
    age, density, machine_id and birads).

    Raises InputRefusedError where the table is absent or lacks a column.
    """
    notes = notes or Notes()
    rows = []
    for record in read_manifest(folder, _NEEDED):
        row = _row(record, folder / record["file"], record["file"], notes)
        if row is not None:
            rows.append(row)
    return tuple(rows)


def read_rsna_published(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The rows of `folder`/train.csv whose images lie anywhere under `folder`, as PATIENT/IMAGE.dcm (as published) or
    as PATIENT/IMAGE.png or PATIENT_IMAGE.png (the PNG editions, of any size).

    Raises InputRefusedError where the table is absent or lacks a column.
    """
    notes = notes or Notes()
    table = read_table(folder / "train.csv", _PUBLISHED)
    files = _files(folder)
    rows = []
    for _, record in table:
        woman, image = id_of(record["patient_id"]), id_of(record["image_id"])
        name = f"{woman}/{image}"
        file = files.get(name) or files.get(f"{woman}_{image}")
        if file is None:
            notes.leave_out(name, "no such image under the folder")
            continue
        row = _row(record, file, name, notes)
        if row is not None:
            rows.append(row)
    return tuple(rows)


def _row(record: Mapping[str, str], file: Path, name: str, notes: Notes) -> ImageRow | None:
    try:
        if label_of(record.get("implant") or "0"):
            notes.leave_out(name, "an implant")
            return None
        if not record["patient_id"]:
            raise ValueError("no woman is named")
        label = label_of(record["cancer"])
        return ImageRow(
            file=file,
            patient_id=f"rsna/{id_of(record['patient_id'])}",
            laterality=side_of(record["laterality"]),
            view=record["view"].upper(),
            label=label,
            source="rsna",
            age=age_of(record.get("age", "")),
            density=density_of(record.get("density", "")),
            birads=birads_of(record.get("birads") or record.get("BIRADS") or ""),
            machine=id_of(record.get("machine_id", "")),
            diagnosis="malignant" if label else "",
        )
    except ValueError as error:
        notes.leave_out(name, f"a wrong cell: {error}")
        return None


def _files(folder: Path) -> dict[str, Path]:
    """The images under `folder` by "PATIENT/IMAGE" and, for those named so, by "PATIENT_IMAGE"."""
    found = sorted(
        (path for path in shown_files(folder) if path.suffix.lower() in _EXTENSIONS),
        key=lambda path: (_EXTENSIONS.index(path.suffix.lower()), path.as_posix()),
    )
    files: dict[str, Path] = {}
    for path in found:
        files.setdefault(f"{path.parent.name}/{path.stem}", path)
        if "_" in path.stem:
            files.setdefault(path.stem, path)
    return files
