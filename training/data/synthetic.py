"""Owns the reading of what `python -m training synthesize` wrote. No pixels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from training.data.notes import Notes
from training.data.table import ImageRow, Lesion, read_table
from training.data.words import density_of, number_of, side_of

_NEEDED = {"file", "patient_id", "occasion", "laterality", "view", "age_years", "density", "label", "lesion", "mask"}
_KINDS = {"mass": "mass", "spiculated": "mass", "calcifications": "calcification"}
_DIAGNOSES = {"none": "normal", "benign": "benign", "cancer": "malignant"}


def read_synthetic(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The images of `folder`/manifest.csv with their truth masks; priors and lesion-free twins are images of the same
    woman, with the label that the image itself has. A wrong line is named and left out.

    Raises InputRefusedError where the table is absent or lacks a column.
    """
    rows = []
    occasions: dict[str, int] = {}
    notes = notes or Notes()
    for number, record in read_table(folder / "manifest.csv", _NEEDED):
        try:
            row = _row(record, folder)
        except ValueError as error:
            notes.leave_out(f"manifest.csv line {number}", f"a wrong cell: {error}")
            continue
        rows.append(row)
        occasions[record["occasion"]] = occasions.get(record["occasion"], 0) + 1
    if set(occasions) - {"current"}:
        told = ", ".join(f"{count} {name}" for name, count in sorted(occasions.items()))
        notes.remark(f"images of several examinations of one woman: {told}")
    return tuple(rows)


def _row(record: Mapping[str, str], folder: Path) -> ImageRow:
    """One line of the table. Raises ValueError where a cell is wrong."""
    diagnosis = _DIAGNOSES.get(record["label"])
    if diagnosis is None:
        raise ValueError(f"label {record['label']!r} is not known")
    lesion = Lesion(kind=_KINDS.get(record["lesion"], "other"), pathology=diagnosis, mask=folder / record["mask"])
    return ImageRow(
        file=folder / record["file"],
        patient_id=f"synthetic/{record['patient_id']}",
        laterality=side_of(record["laterality"]),
        view=record["view"],
        label=int(diagnosis == "malignant"),
        source="synthetic",
        age=number_of(record["age_years"]),
        density=density_of(record["density"]),
        diagnosis=diagnosis,
        lesions=(lesion,) if record["mask"] else (),
    )
