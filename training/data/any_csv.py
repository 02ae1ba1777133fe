"""Owns the reading of a user's own CSV: columns recognised by name, wrong lines named and left out. No pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from mammoview.core.errors import InputRefusedError
from training.data.notes import Notes
from training.data.table import ImageRow, Lesion, read_table
from training.data.words import age_of, class_of, density_of, id_of, number_of, part_of, side_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "file": ("file", "path", "filename", "file_name", "file_path", "image_path", "image_file_path", "image"),
    "patient_id": ("patient_id", "patient", "patientid", "woman", "subject", "subject_id", "case_id", "case"),
    "laterality": ("laterality", "image_laterality", "side", "breast", "left_or_right_breast"),
    "view": ("view", "view_position", "image_view", "projection"),
    "label": ("label", "cancer", "target", "class", "malignant"),
    "diagnosis": ("diagnosis", "pathology", "severity"),
    "age": ("age", "age_years", "patient_age"),
    "density": ("density", "breast_density", "birads_density"),
    "machine": ("machine", "machine_id", "manufacturer", "device", "scanner"),
    "part": ("part", "split", "subset", "partition"),
    "modality": ("modality",),
    "mask": ("mask", "mask_path", "mask_file", "lesion_mask"),
    "row0": ("lesion_y0_px", "row0", "ymin", "y_min", "y0"),
    "column0": ("lesion_x0_px", "column0", "xmin", "x_min", "x0"),
    "row1": ("lesion_y1_px", "row1", "ymax", "y_max", "y1"),
    "column1": ("lesion_x1_px", "column1", "xmax", "x_max", "x1"),
}
"""The names of columns that are understood for each value; upper and lower case, spaces, "_" and "-" do not matter."""

_MODALITIES = {
    **dict.fromkeys(("", "mammogram", "mg", "ffdm"), "mammogram"),
    **dict.fromkeys(("film", "rg", "sfm"), "film"),
    **dict.fromkeys(("mri", "mr"), "mri"),
}


def read_any_csv(path: Path, notes: Notes | None = None) -> tuple[ImageRow, ...]:
    """The images of a CSV file: needed are a column for the file, the woman, and the label or the diagnosis
    (`COLUMNS`). Files are named relative to the CSV. Several lines of one file are its several lesions; where they
    contradict each other about its label without a lesion to each, the file is left out.

    Raises InputRefusedError where a needed column is missing, naming what is understood, or no line can be used.
    """
    notes = notes or Notes()
    table = read_table(path)
    if not table:
        raise InputRefusedError(f"{path}: holds no line", "give a CSV with a line for each image")
    names = _names(tuple(table[0][1]), path, notes)
    name = path.parent.resolve().name
    rows: dict[Path, ImageRow] = {}
    contradicted: dict[Path, None] = {}
    for number, record in table:
        cells = {meant: record.get(column, "") for meant, column in names.items()}
        try:
            row = _row(cells, path, name)
            first = rows.setdefault(row.file, row)
            if first is row:
                continue
            rows[row.file] = _united(first, row)
            if first.label != row.label and not (first.lesions and row.lesions):
                contradicted[row.file] = None
            elif rows[row.file] == first:
                notes.leave_out(f"{path.name} line {number}", "says again what a line before says")
        except ValueError as error:
            notes.leave_out(f"{path.name} line {number}", str(error))
    for file in contradicted:
        notes.leave_out(file, "its lines contradict each other about the label")
        del rows[file]
    if not rows:
        raise InputRefusedError(
            f"{path}: none of its {len(table)} lines can be used: {notes.left_out[-1].why}", "correct it"
        )
    return tuple(rows.values())


def _names(columns: tuple[str, ...], path: Path, notes: Notes) -> dict[str, str]:
    """The CSV's own name of each column that is understood."""
    plain = {column.strip().lower().replace(" ", "_").replace("-", "_"): column for column in reversed(columns)}
    names = {}
    for meant, known in COLUMNS.items():
        found = next((plain[name] for name in known if name in plain), None)
        if found is not None:
            names[meant] = found
    missing = [meant for meant in ("file", "patient_id") if meant not in names]
    if "label" not in names and "diagnosis" not in names:
        missing.append("label or diagnosis")
    if missing:
        raise InputRefusedError(
            f"{path}: no column for {', '.join(missing)} among {', '.join(columns)}",
            "name them file, patient_id and label (or diagnosis)",
        )
    unused = [column for column in columns if column not in names.values()]
    if unused:
        notes.remark(f"columns that are not used: {', '.join(unused)}")
    return names


def _row(cells: Mapping[str, str], path: Path, name: str) -> ImageRow:
    """The image of one line of the set called `name`; raises ValueError where a cell is wrong."""
    if not cells["file"]:
        raise ValueError("no file is named")
    if not cells["patient_id"]:
        raise ValueError("no woman is named")
    file = _place(path, cells["file"])
    if not file.is_file():
        raise ValueError("no such file")
    label, diagnosis = _class(cells)
    modality = _MODALITIES.get(cells.get("modality", "").lower())
    if modality is None:
        raise ValueError(f"modality {cells['modality']!r} is not known")
    return ImageRow(
        file=file,
        patient_id=f"{name}/{id_of(cells['patient_id'])}",
        laterality=side_of(cells.get("laterality", "")),
        view=cells.get("view", "").upper(),
        label=label,
        source=f"csv/{name}",
        age=age_of(cells.get("age", "")),
        density=density_of(cells.get("density", "")),
        machine=id_of(cells.get("machine", "")),
        diagnosis=diagnosis,
        part=part_of(cells.get("part", "")),
        modality=modality,
        lesions=_lesions(cells, path, diagnosis),
    )


def _place(path: Path, name: str) -> Path:
    """A file that the CSV names, also with the backslashes of Windows."""
    file = path.parent / name
    return file if file.is_file() or "\\" not in name else path.parent / name.replace("\\", "/")


def _class(cells: Mapping[str, str]) -> tuple[int, str]:
    """Label and diagnosis; raises ValueError where neither is understood or they contradict each other."""
    known = {name: class_of(cells[name]) for name in ("label", "diagnosis") if cells.get(name)}
    if not known:
        raise ValueError("no label")
    for name, found in known.items():
        if found is None:
            raise ValueError(f"{name} {cells[name]!r} is not known")
    told = [found for found in known.values() if found is not None]
    if len({label for label, _ in told}) > 1:
        raise ValueError("label and diagnosis contradict each other")
    return told[0][0], next((diagnosis for _, diagnosis in told if diagnosis), "")


def _lesions(cells: Mapping[str, str], path: Path, diagnosis: str) -> tuple[Lesion, ...]:
    edges = [number_of(cells.get(name, "")) for name in ("row0", "column0", "row1", "column1")]
    told = [edge for edge in edges if edge is not None]
    if told and (len(told) < 4 or told[0] >= told[2] or told[1] >= told[3]):
        raise ValueError("the lesion's box is not whole")
    box = (told[0], told[1], told[2], told[3]) if told else None
    mask = _place(path, cells["mask"]) if cells.get("mask") else None
    if mask is not None and not mask.is_file():
        raise ValueError("no such mask")
    pathology = diagnosis if diagnosis in ("benign", "malignant") else ""
    return (Lesion(pathology=pathology, mask=mask, box_px=box),) if mask or box else ()


def _united(first: ImageRow, second: ImageRow) -> ImageRow:
    """One image told by two lines: the lesions of both, the worse label. Raises ValueError where they speak of
    different women or sides.
    """
    if (first.patient_id, first.laterality, first.view) != (second.patient_id, second.laterality, second.view):
        raise ValueError("the same file as a line before, of another woman, side or view")
    worse = second if second.label > first.label else first
    return replace(worse, lesions=tuple(dict.fromkeys((*first.lesions, *second.lesions))))
