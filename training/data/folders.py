"""Owns the reading of folders named by class: mammograms, and slices of breast MRI. Headers only, no pixels."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from mammoview.core.errors import InputRefusedError, MammoviewError
from training.data.notes import Notes
from training.data.places import shown_files
from training.data.table import ImageRow, Lesion, read_table
from training.data.words import class_of, part_of, woman_in_name

EXTENSIONS = (".dcm", ".dicom", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pgm")
"""What counts as an image; a file without an extension does if it is DICOM."""

UNKNOWN_WOMAN = "whose image it is cannot be told: such images can be trained on, but never chosen or judged by"


def has_classes(folder: Path) -> bool:
    """Whether folders named by class lie in `folder`, or in its parts (train, validation, test)."""
    inside = [path for path in folder.iterdir() if path.is_dir()]
    parts = [path for part in inside if part_of(part.name) for path in part.iterdir() if path.is_dir()]
    return any(class_of(path.name) is not None for path in (*inside, *parts))


def read_class_folders(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The images under `folder`, each of the class that the nearest of its folders names (benign, malignant, normal,
    cancer, 0, 1, ...). A DICOM file says itself whom it shows, by a hash of its Patient ID; of others the name does:
    what stands before side and view ("A_1108_L_CC"), else by the rule of `woman_in_name`. Side and view are those of
    the header or of the name.

    Raises InputRefusedError where no image is of a class.
    """
    return _read(folder, "folders", "mammogram", notes or Notes())


def read_mri_folders(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """As `read_class_folders`, for slices of breast MRI in folders benign and malignant (or healthy and sick, as in the
    Kaggle set "Breast Cancer Patients MRIs"), or in such folders under train and validation.
    """
    return _read(folder, "mri", "mri", notes or Notes())


def read_mri_sample(folder: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The slices of `folder`/manifest.csv (columns file, mask, patient_id, label, source) with their lesion masks.

    Raises InputRefusedError where the table is absent or lacks a column.
    """
    notes = notes or Notes()
    rows = []
    for number, record in read_table(folder / "manifest.csv", {"file", "mask", "patient_id", "label", "source"}):
        found = class_of(record["label"])
        if found is None:
            notes.leave_out(f"manifest.csv line {number}", f"a label that is not known: {record['label']!r}")
            continue
        label, diagnosis = found
        woman = record["patient_id"]
        mask = folder / record["mask"] if record["mask"] else None
        rows.append(
            ImageRow(
                file=folder / record["file"],
                patient_id=f"mri/{record['source']}/{woman or 'file ' + Path(record['file']).stem}",
                laterality="",
                view="",
                label=label,
                source=f"mri/{record['source']}",
                diagnosis=diagnosis,
                modality="mri",
                lesions=(Lesion(pathology=diagnosis, mask=mask),) if mask else (),
                woman_known=bool(woman),
            )
        )
    _say_unknown(rows, notes)
    return tuple(rows)


def _read(folder: Path, source: str, modality: str, notes: Notes) -> tuple[ImageRow, ...]:
    rows = []
    for path in shown_files(folder):
        if path.suffix.lower() not in EXTENSIONS and not _is_dicom(path):
            continue
        inside = path.relative_to(folder)
        parents = [parent.name for parent in inside.parents if parent.name]
        found = next((known for name in parents if (known := class_of(name)) is not None), None)
        if found is None:
            notes.leave_out(inside, "in no folder named by a class")
            continue
        label, diagnosis = found
        woman = woman_in_name(path.stem)
        row = ImageRow(
            file=path,
            patient_id=f"{source}/{folder.resolve().name}/{woman or 'file ' + inside.as_posix()}",
            laterality="",
            view="",
            label=label,
            source=f"{source}/{folder.resolve().name}",
            diagnosis=diagnosis,
            part=next((part for name in parents if (part := part_of(name))), ""),
            modality=modality,
            woman_known=bool(woman),
        )
        told = _with_header(row, path, notes, inside)
        if told is not None:
            rows.append(told)
    if not rows:
        raise InputRefusedError(
            f"{folder}: holds no image in a folder named by a class", "name the folders benign, malignant or normal"
        )
    parts: dict[str, set[str]] = {}
    for row in rows:
        parts.setdefault(row.patient_id, set()).add(row.part)
    shared = sum(len(found) > 1 for found in parts.values())
    if shared:
        notes.remark(f"{shared} women are in several of the set's own parts: do not measure by these")
    _say_unknown(rows, notes)
    return tuple(rows)


def _is_dicom(path: Path) -> bool:
    """Whether a file without an extension is DICOM: "DICM" after 128 bytes (PS3.10, 7.1)."""
    if path.suffix:
        return False
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def _with_header(row: ImageRow, path: Path, notes: Notes, inside: Path) -> ImageRow | None:
    """The row with what the file's header tells; None, named, where a DICOM file cannot be read."""
    from mammoview.core.study import ImageSource
    from mammoview.dicom.reader import read_header
    from mammoview.dicom.views import side_view_of_text

    if path.suffix.lower() not in (".dcm", ".dicom", ""):
        named = side_view_of_text(path.stem)
        before = path.stem[: named.start].rstrip(" _.-")
        if named.view and any(character.isdigit() for character in before):  # "A_1108_L_CC"
            row = replace(row, patient_id=f"{row.source}/{before}", woman_known=True)
        return replace(row, laterality=str(named.laterality), view=str(named.view))
    try:
        header = read_header(ImageSource(path))
    except MammoviewError as error:
        notes.leave_out(inside, f"cannot be read: {error.cause}")
        return None
    row = replace(row, laterality=str(header.laterality), view=str(header.view))
    if header.modality == "MR":
        row = replace(row, modality="mri")
    if not header.patient.patient_id:
        return row
    name = hashlib.sha256(header.patient.patient_id.encode()).hexdigest()[:12]
    return replace(row, patient_id=f"{row.source}/{name}", woman_known=True, machine=header.model_name)


def _say_unknown(rows: list[ImageRow], notes: Notes) -> None:
    unknown = sum(not row.woman_known for row in rows)
    if unknown:
        notes.remark(f"{unknown} of {len(rows)} images: {UNKNOWN_WOMAN}")
