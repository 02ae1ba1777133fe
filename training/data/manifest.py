"""Owns the common manifest: one CSV for every data set, a line for each image, all that `ImageRow` holds. No pixels."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from mammoview.core.errors import InputRefusedError, UsageError
from training.data.notes import Notes
from training.data.table import DIAGNOSES, ImageRow, Lesion, read_table, row_of, row_record
from training.data.words import ASSESSMENTS, label_of, number_of, side_of

COLUMNS = tuple(field.name for field in fields(ImageRow))
NEEDED = tuple(name for name in COLUMNS if name != "birads")
"""The columns that were there from the first; manifests of then are read, too."""

_JSON = ("lesions", "crop_px")
_WORDS = {
    "density": ("", "A", "B", "C", "D"),
    "diagnosis": ("", *DIAGNOSES),
    "part": ("", "train", "test"),
    "modality": ("mammogram", "film", "mri"),
    "birads": ("", *ASSESSMENTS),
}
"""The cells that hold one of a few words."""


def write_manifest(rows: Sequence[ImageRow], path: Path) -> None:
    """Write the rows as CSV (UTF-8), replaced as a whole: columns as the fields of `ImageRow`, `lesions` and `crop_px`
    as JSON, `woman_known` 1 or 0. Files under the CSV's own folder are named relative to it, others by their full path.
    Raises UsageError where it cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    folder = path.absolute().parent
    for row in rows:
        told = row_record(_moved(row, lambda file: _shortened(file, folder)))
        cells = {name: "" if told[name] is None else told[name] for name in COLUMNS}
        cells |= {name: json.dumps(told[name]) if told[name] else "" for name in _JSON}
        writer.writerow({**cells, "woman_known": int(row.woman_known)})
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text.getvalue(), encoding="utf-8", newline="")
        part.replace(path)
    except UnicodeEncodeError as error:
        part.unlink(missing_ok=True)
        raise UsageError(
            f"{path}: cannot be written: the name of a file is not valid UTF-8",
            "rename it, or 'prepare' the set itself",
        ) from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}", "name another file") from error


def read_common(path: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The rows that `write_manifest` wrote; a line that is wrong is named and left out.

    Raises InputRefusedError where the file cannot be read, lacks a column, or has no line that can be used.
    """
    notes = notes or Notes()
    rows = []
    for number, record in read_table(path, NEEDED):
        try:
            rows.append(_row(record, path.parent))
        except (ValueError, KeyError, TypeError) as error:
            notes.leave_out(f"{path.name} line {number}", f"a line that is not understood: {error}")
    if not rows:
        why = f": {notes.left_out[-1].why}" if notes.left_out else ""
        raise InputRefusedError(f"{path}: holds no line that can be used{why}", "write it again with 'data --csv'")
    return tuple(rows)


def _row(record: dict[str, str], folder: Path) -> ImageRow:
    told: dict[str, Any] = {"birads": "", **{name: record[name] for name in COLUMNS if name in record}}
    told |= {name: json.loads(record[name]) if record[name] else None for name in _JSON}
    told["lesions"] = told["lesions"] or ()
    told["label"] = label_of(record["label"])
    if not record["file"] or not record["patient_id"]:
        raise ValueError("file and patient_id are needed")
    told["laterality"] = side_of(record["laterality"])
    for name, known in _WORDS.items():
        if told[name] not in known:
            raise ValueError(f"{name} {told[name]!r} is not known")
    told["age"] = number_of(record["age"])
    told["woman_known"] = bool(label_of(record["woman_known"]))
    return _moved(row_of(told), lambda file: folder / file)


def _moved(row: ImageRow, place: Callable[[Path], Path]) -> ImageRow:
    """The row with `place` applied to each of its files."""
    lesions = tuple(_moved_lesion(lesion, place) for lesion in row.lesions)
    return replace(row, file=place(row.file), lesions=lesions)


def _moved_lesion(lesion: Lesion, place: Callable[[Path], Path]) -> Lesion:
    return replace(lesion, mask=place(lesion.mask)) if lesion.mask else lesion


def _shortened(file: Path, folder: Path) -> Path:
    file = file.absolute()
    return Path(file.relative_to(folder).as_posix()) if file.is_relative_to(folder) else file
